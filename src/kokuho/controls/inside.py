"""The process of the check installation: reads its order, fills the installation, runs the checks, writes what they saw.

It is started with an environment of its own (`installation.CheckInstallation.environment`), so that nothing in it can reach
the real installation's database role, keys or folder.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date

from kokuho.core import manage


def main() -> int:
    """Order on standard input: `filled`, `work`, `on`, `controls`. Answer on standard output: control → evidence."""
    order = json.load(sys.stdin)
    answer = sys.stdout
    sys.stdout = sys.stderr  # whatever a check prints is not part of the answer
    from kokuho.controls import installation

    manage.setup()
    installation.renew(order["work"], order["filled"])
    from kokuho.controls import fixture, scene
    from kokuho.controls.framework import registry

    fixture.adopt(order["profile"], order["values"], order["exceptions"])
    filled = scene.set_up(date.fromisoformat(order["on"]))
    # The filled database takes the place of the empty one: every renewal begins with staff, persons and sessions.
    installation.renew(order["filled"], order["work"])
    checks = [check for control in order["controls"] for check in registry()[control]]
    seen = scene.run(filled, checks, scene.keeper(order["work"], order["filled"]))
    json.dump(
        {control: asdict(evidence) for control, evidence in seen.items()}, answer, ensure_ascii=False, default=str
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
