"""Ansible's side of the comparison: how each task, and each item of a loop, ended; one JSON line each."""

import json
import os

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "conditions"

    def __init__(self):
        super().__init__()
        self.record = open(os.environ["CONFORMANCE_RECORD"], "a", buffering=1)

    def tell(self, result, status):
        self.record.write(json.dumps({
            "host": result._host.get_name(),
            "name": result._task.name or "",
            "module": result._task.action,
            "status": status,
            "said": str(result._result.get("msg", ""))[:500],
        }) + "\n")

    def finished(self, result, status):
        # Items have been told one by one; an empty loop, or a loop that failed before its first item, has none.
        if not (result._task.loop and result._result.get("results")):
            self.tell(result, status)

    def v2_runner_on_ok(self, result):
        self.finished(result, "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.finished(result, "failed")

    def v2_runner_on_skipped(self, result):
        self.finished(result, "skipped")

    def v2_runner_on_unreachable(self, result):
        self.finished(result, "failed")

    def v2_runner_item_on_ok(self, result):
        self.tell(result, "ok")

    def v2_runner_item_on_failed(self, result):
        self.tell(result, "failed")

    def v2_runner_item_on_skipped(self, result):
        self.tell(result, "skipped")
