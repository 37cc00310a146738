// Gets a page from a server that only the host's own authorities vouch for: what a native program of ours believes without
// being told. Exit status 1: it does not believe the server; the reason is on standard error.
using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
try
{
    Console.WriteLine(await client.GetStringAsync(new Uri(args[0])));
    return 0;
}
catch (HttpRequestException e)
{
    await Console.Error.WriteLineAsync($"{e.Message} {e.InnerException?.Message}");
    return 1;
}
