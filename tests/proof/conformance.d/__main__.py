"""conformance DIR [TARGET...]: see tests/proof/conformance."""

import json
import os
import pathlib
import shutil
import sys
import tempfile

import deviations
import rewrite
import sandbox
import score

LANGUAGE = """conditionals loops loop_control loop-until register failed_when changed_when ignore_errors set_fact include_vars
includes include_import blocks handlers filter_core filter_mathstuff test_core tags var_precedence environment omit
special_vars""".split()
MODULES = """command_shell stat file copy template lineinfile blockinfile replace find slurp tempfile assemble wait_for script
raw group dnf""".split()
SECONDS = int(os.environ.get("CONFORMANCE_SECONDS", "600"))
REQUIRED = 0.98


def main(arguments):
    source = pathlib.Path(arguments[0]) / "test" / "integration"
    if not (source / "targets").is_dir():
        sys.exit(f"conformance: {arguments[0]} is no checkout of ansible: it has no test/integration/targets")
    groups = {"language": LANGUAGE, "modules": MODULES}
    targets = [target for word in arguments[1:] or ["language", "modules"] for target in groups.get(word, [word])]
    for target in targets:
        if not (source / "targets" / target).is_dir():
            sys.exit(f"conformance: that checkout has no target {target}")
    flaskdeploy = json.loads(os.environ["CONFORMANCE_FLASKDEPLOY"])
    results = pathlib.Path(os.environ.get("CONFORMANCE_RESULTS") or "dist/conformance").resolve()
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    # Not in /tmp, which is the target's own while it runs.
    with tempfile.TemporaryDirectory(prefix="flaskdeploy-conformance-", dir="/var/tmp") as scratch:
        os.chmod(scratch, 0o755)
        tree = pathlib.Path(scratch) / "test" / "integration"
        shutil.copytree(source, tree, symlinks=True)
        listed = deviations.read()
        ours = {target: without(listed, target, tree / "targets") for target in targets}
        for target in targets:
            rewrite.rewrite_tree(tree / "targets" / target, tree / "targets")
        sandbox.prepare(tree, targets)
        return told(run_all(targets, tree, flaskdeploy, results, ours), targets, results, listed)


def without(listed, target, base):
    """The files that FlaskDeploy is given otherwise than Ansible: path -> text."""
    return {base / name: rewrite.text_without(base / name, base, lines) for name, lines in listed.without(target).items()}


def run_all(targets, tree, flaskdeploy, results, ours):
    print(f"{'target':<20}{'held':>8}{'wrong':>8}{'unsupp.':>8}{'oracle fails':>14}", flush=True)
    verdicts = {}
    for target in targets:
        cache = os.environ.get("CONFORMANCE_ORACLE")
        kept = pathlib.Path(cache) / target if cache else None
        oracle = results / target / "oracle"
        if kept and kept.is_dir():
            shutil.copytree(kept, oracle)
            expected = sandbox.read(oracle)
        else:
            expected = sandbox.run("oracle", tree, target, oracle, flaskdeploy, SECONDS)
            if kept:
                shutil.copytree(oracle, kept)
        for path, text in ours[target].items():
            path.write_text(text)
        got = sandbox.run("flaskdeploy", tree, target, results / target / "flaskdeploy", flaskdeploy, SECONDS)
        verdicts[target] = score.compare(expected, got)
        counts = [sum(getattr(verdict, name) for verdict in verdicts[target]) for name in ("held", "wrong", "unsupported")]
        itself = score.failed(expected)
        print(f"{target:<20}{counts[0]:>8}{counts[1]:>8}{counts[2]:>8}{itself:>14}", flush=True)
    return verdicts


def told(verdicts, targets, results, listed):
    for name in (name for target in targets for name in listed.without(target)):
        print(f"left out of what FlaskDeploy is given: tasks of {name}, in {deviations.FILE}")
    held = wrong = unsupported = deviating = 0
    causes = {}
    for target in targets:
        for verdict in verdicts[target]:
            held += verdict.held
            lacking = verdict.wrong + verdict.unsupported
            if not lacking:
                continue
            reason = listed.use(verdict.identity)
            if reason is None:
                wrong += verdict.wrong
                unsupported += verdict.unsupported
            else:
                deviating += lacking
            kind = "deviation" if reason else "wrong" if verdict.wrong else "unsupported"
            causes.setdefault((target, kind, verdict.command, verdict.cause), []).append((lacking, verdict.identity.removeprefix(rewrite.MARK)))
    with open(results / "not-held", "w") as report:
        for (target, kind, command, cause), cases in sorted(causes.items(), key=lambda pair: -sum(lacking for lacking, _ in pair[1])):
            report.write(f"{target}: {kind} {sum(lacking for lacking, _ in cases)}: {cause}\n    {command}\n    {' '.join(name for _, name in cases)}\n")
    reached = held + wrong + unsupported + deviating
    for line in listed.unused(targets):
        print(f"deviation without a case: {line}")
    print(f"what is not held, and why: {results}/not-held")
    if deviating:
        print(f"deliberate deviations: {deviating}, in {deviations.FILE}")
    print(f"held {held} of {reached}, wrong {wrong}, unsupported {unsupported}")
    # Deviations are not held, whatever their reason: they are left out of the wrong, never counted as right.
    return 0 if reached and held >= REQUIRED * reached and not wrong else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
