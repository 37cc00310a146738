using System.Text.Json;
using FlaskDeploy.Language.Expressions;

namespace FlaskDeploy.Fuzz;

/// <summary>The other templates of a case, by name.</summary>
internal sealed class JsonTemplates(JsonElement root) : ITemplates
{
    public TemplateFile? Find(string name) =>
        root.TryGetProperty("templates", out var templates) && templates.TryGetProperty(name, out var text) ? new TemplateFile(name, text.GetString()!) : null;
}
