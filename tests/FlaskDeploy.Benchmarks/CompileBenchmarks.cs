using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using FlaskDeploy.Compiler;

namespace FlaskDeploy.Benchmarks;

/// <summary>Playbook, inventory and variables to bundle, release and host parts, diagnostics none.</summary>
public class CompileBenchmarks
{
    private const int ManyTasks = 1000;
    private const int ManyHosts = 1000;

    private readonly PlaybookCompiler _founding = new(new TextMachine().WithSample("flask.yml", "flask.yml").WithSample("hello/hello.py", "hello.py"));
    private readonly PlaybookCompiler _large = new(Large());
    private readonly CompilationRequest _foundingRequest = new() { PlaybookPath = "flask.yml", Inventories = ["10.0.0.1,10.0.0.2"], User = "webserver" };
    private readonly CompilationRequest _largeRequest = new() { PlaybookPath = "large.yml", Inventories = ["hosts.ini"], User = "webserver" };

    [Benchmark(Baseline = true)]
    public Compilation Founding_playbook_for_two_hosts() => Compile(_founding, _foundingRequest, 12, 2);

    [Benchmark]
    public Compilation Thousand_tasks_for_a_thousand_hosts() => Compile(_large, _largeRequest, ManyTasks, ManyHosts);

    // A compilation that found errors costs something else, and would be measured as if it were one.
    private static Compilation Compile(PlaybookCompiler compiler, CompilationRequest request, int tasks, int hosts)
    {
        var result = compiler.Compile(request);
        return result.Compilation is { } compilation && compilation.Bundle.Plays[0].Tasks.Length == tasks && compilation.Hosts.Length == hosts
            ? compilation
            : throw new InvalidOperationException($"not {tasks} tasks for {hosts} hosts:\n{string.Join('\n', result.Diagnostics)}");
    }

    private static TextMachine Large()
    {
        var playbook = new StringBuilder("- hosts: web\n  vars:\n    home: ~/app\n    ports: [5000, 5001]\n  tasks:\n");
        for (var i = 0; i < ManyTasks; i++)
        {
            playbook.Append(CultureInfo.InvariantCulture, $"  - name: Task {i} of {{{{ app }}}}\n").Append((i % 5) switch
            {
                0 => $"    file: path={{{{ home }}}}/d{i} state=directory mode=0755\n",
                1 => $"    copy:\n      src: \"f{i % 50}.conf\"\n      dest: \"{{{{ home }}}}/d{i - 1}/{{{{ app | lower }}}}.conf\"\n      owner: webserver\n",
                2 => "    yum: name=lsof state=latest\n    become: yes\n",
                3 => $"    shell: echo {{{{ item }}}} > out creates={{{{ home }}}}/out{i}\n    loop: \"{{{{ ports }}}}\"\n    register: r{i}\n",
                _ => $"    debug: msg=\"{{{{ r{i - 1}.results | length }}}} on {{{{ zone | default('none') }}}}\"\n    when: zone is defined and ports | length > 1\n",
            });
        }
        var inventory = new StringBuilder("[web]\n");
        for (var i = 0; i < ManyHosts; i++)
        {
            inventory.Append(CultureInfo.InvariantCulture, $"web{i:0000} ansible_host=10.0.{i / 250}.{i % 250} zone=z{i % 4} weight={i}\n");
        }
        inventory.Append("[web:vars]\napp=Shop\n");
        var machine = new TextMachine().With("large.yml", playbook.ToString()).With("hosts.ini", inventory.ToString());
        for (var i = 0; i < 50; i++)
        {
            machine.With($"f{i}.conf", $"setting = {i}\n");
        }
        return machine;
    }
}
