namespace FlaskDeploy.Compiler.Binding;

/// <summary>Takes down which names are asked for, between a beginning and an end.</summary>
internal sealed class NamesRead
{
    private HashSet<string>? _names;
    private bool _all;

    public void Begin() => (_names, _all) = (new HashSet<string>(StringComparer.Ordinal), false);

    public void Note(string name) => _names?.Add(name);

    /// <summary>Somebody went through all names that there are.</summary>
    public void NoteAll() => _all = true;

    /// <summary>Null: all of them.</summary>
    public IReadOnlyCollection<string>? End()
    {
        var read = _all ? null : _names;
        (_names, _all) = (null, false);
        return read;
    }
}
