using System.Text;

namespace Dtic.Transforms.Tests;

/// <summary>A long file that takes no memory: a beginning, the same text as often as it goes into the length, and an end.</summary>
internal sealed class RepeatingStream(string begin, string repeated, string end, long length) : Stream
{
    private readonly byte[] _begin = Encoding.UTF8.GetBytes(begin), _repeated = Encoding.UTF8.GetBytes(repeated), _end = Encoding.UTF8.GetBytes(end);

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _begin.Length + ((length - _begin.Length - _end.Length) / _repeated.Length * _repeated.Length) + _end.Length;

    public override long Position { get; set; }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int read = (int)Math.Min(buffer.Length, Length - Position);
        for (int i = 0; i < read; i++, Position++)
        {
            long at = Position - _begin.Length, last = Position - (Length - _end.Length);
            buffer[i] = at < 0 ? _begin[Position] : last >= 0 ? _end[last] : _repeated[at % _repeated.Length];
        }

        return read;
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }
}
