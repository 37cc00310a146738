using System.Text;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>
/// A file's bytes as text that can be edited without harm to what is not: UTF-8 where they are, else one character for each
/// byte. What is written into the latter, and what it is searched for, goes through <see cref="Written"/>.
/// </summary>
internal sealed class EditedText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly bool _isUtf8;

    private EditedText(string text, bool isUtf8) => (Text, _isUtf8) = (text, isUtf8);

    internal static EditedText Empty { get; } = new("", isUtf8: true);

    internal string Text { get; }

    /// <summary>The bytes are UTF-8.</summary>
    internal bool IsText => _isUtf8;

    internal static EditedText Of(byte[] bytes)
    {
        try
        {
            return new EditedText(Strict.GetString(bytes), isUtf8: true);
        }
        catch (DecoderFallbackException)
        {
            return new EditedText(Encoding.Latin1.GetString(bytes), isUtf8: false);
        }
    }

    /// <summary>An argument in the characters of this text.</summary>
    internal string Written(string argument) => _isUtf8 ? argument : Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(argument));

    internal EditedText With(string text) => new(text, _isUtf8);

    internal byte[] Bytes() => _isUtf8 ? Encoding.UTF8.GetBytes(Text) : Encoding.Latin1.GetBytes(Text);
}
