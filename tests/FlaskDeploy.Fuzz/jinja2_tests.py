#!/usr/bin/python3
"""Runs Jinja2's own tests with the real Jinja2, and holds every template that they render against the engine.

Usage: jinja2_tests.py DIRECTORY EVALUATOR      DIRECTORY: a checkout of pallets/jinja

Each template that a test renders is a case: the source, the options of its environment, the other templates that it may
bring in, the context. What is expected is what the real Jinja2 of the same checkout gives for it in the environment that
Ansible makes of Jinja2: strict undefined values that may be looked through, none printed as nothing, generators as lists.
A case counts when its context is plain data, so that a playbook could have it; all others are counted apart, by reason.
"""
import collections
import json
import os
import pathlib
import subprocess
import sys

REASONS = collections.Counter()
CASES = {}
ACTIVE = [False]


def apart(reason):
    REASONS[reason] += 1


def plain(value, depth=0):
    """As JSON has it. ValueError: it is no data of a playbook."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if depth > 20:
        raise ValueError("depth")
    if type(value) in (list, tuple, range):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, dict) and all(type(key) is str for key in value):
        return {key: plain(item, depth + 1) for key, item in value.items()}
    raise ValueError(type(value).__name__)


class Recorder:
    """A plug-in of pytest's."""

    def pytest_configure(self, config):
        import jinja2
        import jinja2.nativetypes

        self.jinja2 = jinja2
        original_load, original_render = jinja2.Environment.from_string, jinja2.Template.render
        original_native = jinja2.nativetypes.NativeTemplate.render
        recorder = self

        def from_string(env, source, globals=None, template_class=None):
            if ACTIVE[0]:
                return original_load(env, source, globals, template_class)
            if isinstance(source, str):
                try:
                    template = original_load(env, source, globals, template_class)
                except jinja2.TemplateSyntaxError:
                    recorder.record(env, source, {}, {})
                    raise
                template.__dict__["_recorded"] = (env, source, globals)
                return template
            return original_load(env, source, globals, template_class)

        def render(original):
            def call(template, *args, **kwargs):
                if not ACTIVE[0]:
                    recorder.rendered(template, args, kwargs)
                return original(template, *args, **kwargs)
            return call

        jinja2.Environment.from_string = from_string
        jinja2.Template.render = render(original_render)
        jinja2.nativetypes.NativeTemplate.render = render(original_native)

    def rendered(self, template, args, kwargs):
        try:
            context = dict(*args, **kwargs)
        except (TypeError, ValueError):
            return
        env, source, given = template.__dict__.get("_recorded", (template.environment, None, None))
        if source is None:
            try:
                source = env.loader.get_source(env, template.name)[0]
            except Exception:
                return apart("templates that only Python knows")
        self.record(env, source, context, {name: value for name, value in template.globals.items() if env.globals.get(name) is not value} | dict(given or {}))

    def record(self, env, source, context, more):
        jinja2 = self.jinja2
        if type(env) not in (jinja2.Environment, jinja2.nativetypes.NativeEnvironment):
            return apart(f"an environment of a class of its own: {type(env).__name__}")
        if env.autoescape is not False:
            return apart("escaping by the environment, which templates of playbooks never have")
        if env.undefined not in (jinja2.Undefined, jinja2.StrictUndefined):
            return apart("another kind of undefined value")
        extensions = {name.rsplit(".", 1)[-1] for name in env.extensions} - {"ExprStmtExtension", "LoopControlExtension"}
        if extensions:
            return apart(f"extensions that Ansible does not load: {', '.join(sorted(extensions))}")
        for kind, own, usual in (("filter", env.filters, jinja2.defaults.DEFAULT_FILTERS), ("test", env.tests, jinja2.defaults.DEFAULT_TESTS)):
            if any(usual.get(name) is not function and name in source for name, function in own.items()):
                return apart(f"a {kind} of the test's own")
        if env.policies != jinja2.defaults.DEFAULT_POLICIES and any(str(name).split(".")[0] in source for name, value in env.policies.items() if jinja2.defaults.DEFAULT_POLICIES.get(name) != value):
            return apart("policies of the environment")
        globals_ = {name: value for name, value in {**env.globals, **more}.items() if jinja2.defaults.DEFAULT_NAMESPACE.get(name) is not value}
        if env.finalize is not None:
            return apart("a finalizer of the test's own")
        try:
            context = {**{name: plain(value) for name, value in globals_.items()}, **{name: plain(value) for name, value in context.items()}}
        except ValueError as kind:
            groups = {"function": "functions", "method": "functions", "async_generator": "iterators", "generator": "iterators", "iterator": "iterators", "dict": "dicts with keys that are no texts", "Markup": "safe texts"}
            return apart(f"Python's objects in the context: {next((name for part, name in groups.items() if part in str(kind)), 'of classes of their own')}")
        templates = {}
        if env.loader is not None:
            try:
                templates = {name: env.loader.get_source(env, name)[0] for name in env.loader.list_templates()}
            except Exception:
                return apart("a loader that only Python has")
        options = {
            "trim_blocks": env.trim_blocks, "lstrip_blocks": env.lstrip_blocks, "keep_trailing_newline": env.keep_trailing_newline,
            "newline_sequence": env.newline_sequence, "line_statement_prefix": env.line_statement_prefix, "line_comment_prefix": env.line_comment_prefix,
            "block_start": env.block_start_string, "block_end": env.block_end_string, "variable_start": env.variable_start_string,
            "variable_end": env.variable_end_string, "comment_start": env.comment_start_string, "comment_end": env.comment_end_string,
            "native": type(env) is jinja2.nativetypes.NativeEnvironment,
        }
        key = json.dumps([source, options, context, templates], sort_keys=True)
        if key in CASES:
            return
        ACTIVE[0] = True
        try:
            before = self.outcome(env.overlay(enable_async=False), source, context, templates, options, finalized=False)
            once, twice = (self.outcome(env, source, context, templates, options) for _ in range(2))
        finally:
            ACTIVE[0] = False
        if once != twice or "object at 0x" in str(once) or "<function" in str(once):
            return apart("what is printed differs from run to run")
        CASES[key] = dict(source=source, options=options, context=context, templates=templates, expected=once, moved=before != once)

    def outcome(self, env, source, context, templates, options, finalized=True):
        jinja2 = self.jinja2
        if finalized:
            from fuzz_expressions import AnsibleUndefined, environment
            env = env.overlay(undefined=AnsibleUndefined, enable_async=False)
            usual = environment({})
            env.filters, env.tests = usual.filters, usual.tests
            env.filters["groupby"], env.filters["sum"] = usual.filters["groupby"], usual.filters["sum"]
            if options["native"]:
                from ansible.template.native_helpers import ansible_native_concat
                env.concat = ansible_native_concat
                env.finalize = lambda value: str(value) if isinstance(value, jinja2.Undefined) else value
            else:
                env.finalize = lambda value: "" if value is None else value
            for name in ("jinja2.ext.do", "jinja2.ext.loopcontrols"):
                env.add_extension(name)
            env.loader = jinja2.DictLoader(templates)
        else:
            env.undefined = env.undefined
        env.cache = None
        try:
            template = env.from_string(source)
            if options["native"]:
                # Its render() does not take another concat.
                return {"text": repr(env.concat(template.root_render_func(template.new_context(dict(context))))) if finalized else repr(template.render(dict(context)))}
            return {"text": template.render(dict(context))}
        except jinja2.TemplateNotFound:
            return {"error": "missing"}
        except jinja2.TemplateSyntaxError as error:
            return {"error": "syntax", "message": str(error)}
        except jinja2.UndefinedError as error:
            return {"error": "undefined", "message": str(error)}
        except jinja2.TemplateRuntimeError as error:
            return {"error": "syntax" if "No filter named" in str(error) or "No test named" in str(error) else "failed", "message": str(error)}
        except Exception as error:
            return {"error": "failed", "message": f"{type(error).__name__}: {error}"}


def refusal(source, expected, got):
    """What is deliberately not there; each with its reason."""
    if got.get("error") in ("FD1303", "FD1304") and "text" in expected:
        return "an unknown filter or test is an error before anything is rendered, also in a branch that is not taken"
    if "__class__" in source and got.get("error") == "FD1302":
        return "Python's classes are out of reach"
    if "b'" in source and "b'" in expected.get("text", ""):
        return "there are no bytes"
    return None


def main():
    directory, evaluator = pathlib.Path(sys.argv[1]).resolve(), os.path.abspath(sys.argv[2])
    here = str(pathlib.Path(__file__).resolve().parent)
    sys.path[:0] = [str(directory / "src"), here]
    import pytest
    os.chdir(directory)
    status = pytest.main(["-q", "-p", "no:cacheprovider", "--no-header", "--tb=no", "tests"], plugins=[Recorder()])
    if status not in (0, 1):
        print("jinja2: its tests did not run")
        return 1
    from fuzz_expressions import CLASSES, is_explained
    process = subprocess.Popen([evaluator], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    held = wrong = unsupported = 0
    for case in CASES.values():
        process.stdin.write(json.dumps({"source": case["source"], "context": case["context"], "templates": case["templates"], **case["options"]}) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            print(f"the evaluator died of: {case['source']!r}")
            return 1
        got, expected = json.loads(line), case["expected"]
        if "text" in expected and got.get("text") == expected["text"] or "error" in expected and CLASSES.get(got.get("error")) == expected["error"]:
            held += 1
            continue
        reason = is_explained(case["source"], case["templates"], expected, got) or refusal(case["source"], expected, got)
        if reason:
            unsupported += 1
            print(f"unsupported: {reason or got['message']}\n    {case['source']!r}")
        else:
            wrong += 1
            print(f"wrong: {case['source']!r} {case['context'] or ''} {case['templates'] or ''}\n    jinja2: {expected.get('text', expected)!r}\n    ours:   {got.get('text', got)!r}")
    process.stdin.close()
    process.wait()
    for reason, count in sorted(REASONS.items(), key=lambda pair: -pair[1]):
        print(f"apart {count}: {reason}")
    print(f"of {len(CASES)} cases, {sum(case['moved'] for case in CASES.values())} come out otherwise in Ansible's environment than in the test's own")
    print(f"held {held} of {len(CASES)}, wrong {wrong}, unsupported {unsupported}")
    return 1 if wrong or not CASES else 0


if __name__ == "__main__":
    sys.exit(main())
