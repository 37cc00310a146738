"""ansible-lint without its run of 'ansible-playbook --syntax-check'.

One playbook of a checkout that names a module or role which is not installed here would keep it from looking at any other.
"""
import sys

from ansiblelint.__main__ import _run_cli_entrypoint
from ansiblelint.rules.syntax_check import AnsibleSyntaxCheckRule

AnsibleSyntaxCheckRule._get_ansible_syntax_check_matches = staticmethod(lambda lintable: [])

if __name__ == "__main__":
    sys.exit(_run_cli_entrypoint())
