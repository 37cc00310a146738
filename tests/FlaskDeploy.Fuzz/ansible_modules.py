"""Runs Ansible's own modules, each in a fork of this process: what a task costs is a fork, not the start of an interpreter.
What the action plugin beside the operator does (copy, template, unarchive, assemble, script, command) runs as it is, with
the part that would bring a module to a host replaced by that fork."""

import contextlib
import copy
import importlib
import io
import json
import os
import signal
import sys
import tempfile

from ansible.module_utils import basic
from ansible.release import __version__


def options(check, diff, temporary):
    return {"_ansible_check_mode": check, "_ansible_diff": diff, "_ansible_no_log": False, "_ansible_debug": False, "_ansible_verbosity": 0,
            "_ansible_version": __version__, "_ansible_module_name": "", "_ansible_syslog_facility": "LOG_USER", "_ansible_selinux_special_fs": [],
            "_ansible_string_conversion_action": "warn", "_ansible_socket": None, "_ansible_shell_executable": "/bin/sh",
            "_ansible_keep_remote_files": False, "_ansible_tmpdir": temporary, "_ansible_remote_tmp": temporary}


def in_fork(what):
    """What the function printed or returned, out of a process of its own."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.dup2(out.fileno(), 1)
                os.dup2(errors.fileno(), 2)
                nothing = os.open(os.devnull, os.O_RDONLY)
                os.dup2(nothing, 0)
                signal.alarm(20)
                sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)
                status = what() or 0
            except SystemExit as end:
                status = end.code or 0
            except BaseException:
                import traceback
                traceback.print_exc(file=sys.stderr)
            finally:
                with contextlib.suppress(BaseException):
                    sys.stdout.flush()
                    sys.stderr.flush()
                os._exit(status if isinstance(status, int) else 1)
        os.waitpid(child, 0)
        out.seek(0)
        errors.seek(0)
        return out.read().decode("utf-8", "surrogateescape"), errors.read().decode("utf-8", "surrogateescape")


def answer(printed, errors):
    for line in reversed(printed.splitlines()):
        if line.startswith("{"):
            with contextlib.suppress(ValueError):
                return json.loads(line)
    return {"failed": True, "changed": False, "crashed": True, "msg": (errors.strip().splitlines() or ["nothing printed"])[-1]}


@contextlib.contextmanager
def standing_in(directory):
    before = os.getcwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


class Modules:
    def __init__(self, directory):
        self.temporary = os.path.join(directory, "ansible-tmp")
        self.directory = directory
        self.known = {}
        os.makedirs(self.temporary, mode=0o700)

    def module(self, name):
        if name not in self.known:
            self.known[name] = importlib.import_module("ansible.modules." + name)
        return self.known[name]

    def run(self, name, arguments, check, diff=True):
        """The module itself, as it would run on the host."""
        module = self.module(name)
        given = {**options(check, diff, self.temporary), **arguments}
        given["_ansible_module_name"] = name

        def begin():
            basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode()
            with standing_in(self.directory):
                module.main()

        return answer(*in_fork(begin))

    def task(self, name, arguments, check, diff=True):
        """The task, with its action plugin."""
        from ansible.parsing.dataloader import DataLoader
        from ansible.playbook.play_context import PlayContext
        from ansible.playbook.task import Task
        from ansible.plugins.loader import action_loader, connection_loader
        from ansible.plugins.action import ActionBase
        from ansible.template import Templar
        import ansible.plugins.loader

        outer = self

        def execute(self, module_name=None, module_args=None, tmp=None, task_vars=None, persist_files=False, delete_remote_tmp=None, wrap_async=False, ignore_unknown_opts=False):
            module_name = (module_name or self._task.action).rsplit(".", 1)[-1]
            given = copy.deepcopy(self._task.args if module_args is None else module_args)
            self._update_module_args(module_name, given, task_vars or {})
            given = {key: value for key, value in given.items() if not key.startswith("_ansible_")}
            result = outer.run(module_name, json.loads(json.dumps(given)), check, diff)
            for key in ("stdout", "stderr"):
                if key in result:
                    result[key + "_lines"] = (result[key] or "").splitlines()
            result["_ansible_parsed"] = not result.get("crashed")
            return result

        def begin():
            loader = DataLoader()
            loader.set_basedir(self.directory)
            ActionBase._execute_module = execute
            task = Task.load({name: arguments, "name": "case"}, loader=loader)
            task.check_mode, task.diff = check, diff
            context = PlayContext()
            context.check_mode, context.diff = check, diff
            connection = connection_loader.get("local", context, open(os.devnull))
            connection.set_options(var_options={})
            connection._shell.set_options(var_options={"ansible_remote_tmp": self.temporary})
            templar = Templar(loader=loader, variables={})
            action = action_loader.get(name, task=task, connection=connection, play_context=context, loader=loader, templar=templar, shared_loader_obj=ansible.plugins.loader)
            from ansible.errors import AnsibleError
            with standing_in(self.directory):
                try:
                    result = action.run(task_vars={"ansible_check_mode": check})
                except AnsibleError as error:
                    result = {"failed": True, "changed": False, "msg": str(error)}
            print("\n" + json.dumps(result, default=str))

        return answer(*in_fork(begin))
