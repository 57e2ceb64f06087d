"""Run the steps of a workflow's job, in their order and under their conditions, as GitHub would."""

import re

import yaml

EXPRESSION = re.compile(r"\$\{\{ *([a-z]+)\.([\w.-]+) *\}\}")


def read_workflow(path):
    """Read a workflow; YAML takes its key ``on`` for a truth."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in found.items()}


class Steps:
    """The steps of a job.

    Parameters
    ----------
    run : runs a script: words of the command, then settings.
    secrets : by name; one that is missing is empty.
    cancelled_in : name of the step during which somebody cancels the run.
    """

    def __init__(self, steps, run, folder, secrets, cancelled_in=None, **settings):
        self.steps, self.run, self.folder, self.secrets, self.settings = steps, run, folder, secrets, settings
        self.cancelled_in = cancelled_in
        self.outcomes, self.outputs, self.said, self.ran = {}, {}, "", []

    def follow(self):
        """Run what has to run; returns whether the job succeeded."""
        for number, step in enumerate(one for one in self.steps if "run" in one):
            failed = "failure" in self.outcomes.values()
            if self._applies(step.get("if", "success()"), failed=failed):
                self._run(step, step.get("id", str(number)))
        return "failure" not in self.outcomes.values()

    def _applies(self, condition, *, failed):
        cancelled = self.cancelled_in in self.ran
        known = {"failure": lambda: failed, "success": lambda: not failed and not cancelled}
        known["cancelled"] = lambda: cancelled
        python = re.sub(r"steps\.(\w+)\.outcome", r"outcomes.get('\1')", condition)
        return eval(python.replace("||", " or ").replace("&&", " and "), known | {"outcomes": self.outcomes})

    def _run(self, step, name):
        output = self.folder / f"output-{name}"
        output.touch()
        values = {key: EXPRESSION.sub(self._value, value) for key, value in step.get("env", {}).items()}
        script = self.folder / f"step-{name}.sh"
        script.write_text(f"set -eo pipefail\n{step['run']}\n", encoding="utf-8")
        done = self.run(script, **self.settings, **values, GITHUB_OUTPUT=str(output), GITHUB_ACTIONS="true")
        self.said += done.stdout + done.stderr
        self.ran.append(step["name"])
        self.outcomes[name] = "failure" if done.returncode else "success"
        lines = output.read_text(encoding="utf-8").splitlines()
        self.outputs |= {f"{name}.outputs.{key}": value for key, _, value in (line.partition("=") for line in lines)}

    def _value(self, found):
        return {"secrets": self.secrets, "steps": self.outputs}[found[1]].get(found[2], "")
