namespace Dtic.Transforms.Prompts;

/// <summary>Takes the values of one column of one interaction, value by value: a vocabulary learns from them, or they become tokens.</summary>
internal abstract class ItemSink
{
    /// <summary>A text, a category or the spelling of an integer; empty when missing.</summary>
    public virtual void Add(ReadOnlySpan<char> value) => throw new NotSupportedException("The column takes numbers only.");

    /// <summary>A number; NaN when missing.</summary>
    public virtual void Add(double value) => throw new NotSupportedException("The column takes texts only.");

    /// <summary>Called behind the last value of the interaction.</summary>
    public virtual void End()
    {
    }

    /// <summary>A categorical column: values separated by a character, surrounding blanks cut off; empty ones do not count.</summary>
    public abstract class Categorical : ItemSink
    {
        private readonly char? _separator;

        protected Categorical(char? separator)
        {
            _separator = separator;
        }

        /// <inheritdoc/>
        public sealed override void Add(ReadOnlySpan<char> value)
        {
            if (_separator is not char separator)
            {
                AddNonEmpty(value);
                return;
            }

            foreach (var range in value.Split(separator))
            {
                if (IsFull)
                {
                    return;
                }

                AddNonEmpty(value[range].Trim());
            }
        }

        /// <summary>Whether no more values are wanted of this interaction.</summary>
        protected virtual bool IsFull => false;

        protected abstract void AddValue(ReadOnlySpan<char> value);

        private void AddNonEmpty(ReadOnlySpan<char> value)
        {
            if (!value.IsEmpty)
            {
                AddValue(value);
            }
        }
    }
}
