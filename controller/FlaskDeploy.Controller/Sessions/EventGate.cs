
namespace FlaskDeploy.Controller.Sessions;

/// <summary>
/// Which events of a batch are stored. What is stored already is passed over, and after a gap nothing is taken: the
/// acknowledgement then says where to begin. An agent that was told so, by Welcome or by an acknowledgement, and begins
/// after a gap all the same has nothing older (a controller restored from a backup meets such ones): the gap is let pass,
/// rather than stop it for ever.
/// </summary>
internal sealed class EventGate(long through)
{
    private long _refused;
    private bool _begins = true;

    /// <summary>The last number that is durable here.</summary>
    public long Through { get; private set; } = through;

    /// <param name="numbers">Of the batch, as they came.</param>
    /// <returns>The part of the batch to store, and how many events are missing before it for good.</returns>
    public Admission Admit(IReadOnlyList<long> numbers)
    {
        var first = 0;
        while (first < numbers.Count && numbers[first] <= Through)
        {
            first++;
        }
        if (first == numbers.Count)
        {
            return new Admission(first, 0, 0);
        }
        var missing = numbers[first] - Through - 1;
        var told = _begins || _refused == numbers[first];
        _begins = false;
        if (missing > 0 && !told)
        {
            _refused = numbers[first];
            return new Admission(first, 0, 0);
        }
        var count = 1;
        while (first + count < numbers.Count && numbers[first + count] == numbers[first] + count)
        {
            count++;
        }
        return new Admission(first, count, missing);
    }

    /// <summary>To be called when what was admitted is on the disk.</summary>
    public void Stored(long through)
    {
        Through = through;
        _refused = 0;
    }
}

internal readonly record struct Admission(int First, int Count, long Missing);
