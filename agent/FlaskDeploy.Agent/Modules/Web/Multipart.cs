using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Web;

/// <summary>A mapping as multipart/form-data (RFC 7578). The same mapping is the same text: what stands between the parts is made of them.</summary>
internal static class Multipart
{
    /// <summary>The text and its Content-Type, or what is wrong with the mapping.</summary>
    internal static (byte[]? Content, string? Type, string? Problem) Of(Value form)
    {
        if (form is not MapValue map)
        {
            return (null, null, "body of form-multipart must be a mapping");
        }
        var parts = new List<string>();
        foreach (var (key, written) in map.Entries)
        {
            var name = key.ToString();
            var value = written.Reveal();
            if (value is MapValue part && part["content"] is null)
            {
                return (null, null, $"the field {name} of form-multipart has no content: files are not brought along; content: \"{{{{ lookup('file', ...) }}}}\" does it");
            }
            var file = (value as MapValue)?["filename"]?.Reveal().ToString();
            var kind = (value as MapValue)?["mime_type"]?.Reveal().ToString() ?? (file is null ? "text/plain" : "application/octet-stream");
            if ((name + file + kind).Any(char.IsControl))
            {
                return (null, null, $"the field {name} of form-multipart has a control character in its name, filename or mime_type");
            }
            parts.Add($"Content-Disposition: form-data; name=\"{Quoted(name)}\"{(file is null ? "" : $"; filename=\"{Quoted(file)}\"")}\r\nContent-Type: {kind}\r\n\r\n{((value as MapValue)?["content"]?.Reveal() ?? value)}\r\n");
        }
        var between = $"flaskdeploy-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(parts))))}";
        return (Encoding.UTF8.GetBytes(string.Concat(parts.Select(part => $"--{between}\r\n{part}")) + $"--{between}--\r\n"), $"multipart/form-data; boundary={between}", null);
    }

    private static string Quoted(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}
