"""An example of what each act is asked, for the reference."""

from typing import Any

DIGEST = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

EXAMPLES: dict[str, Any] = {
    "folder.create": {"path": "input/june"},
    "file.move": {"from": "shared/draft.md", "to": "shared/final.md"},
    "file.copy": {"from": "approved/report.pdf", "to": "shared/report.pdf"},
    "properties.patch": {
        "changes": [
            {"namespace": "https://acme.example/", "name": "ticket", "value": "4711"},
            {"namespace": "https://acme.example/", "name": "draft", "value": None},
        ]
    },
    "claim.take": {"stage": "input", "glob": "input/**/*.csv", "lease_seconds": 600},
    "claim.renew": {"lease_seconds": 600},
    "lock.take": {"path": "shared/plan.md", "mode": "exclusive", "timeout_seconds": 1800},
    "handoff.submit": {
        "kind": "approval",
        "paths": ["processing/cl_01jx/report.pdf"],
        "title": "June report",
        "summary": "Figures for June, from the three tables in input/june.",
        "confidence": 0.82,
        "flags": [{"severity": "warning", "message": "Two rows had no date."}],
    },
    "handoff.decide": {"verdict": "approve", "digest": DIGEST, "round": 1},
    "handoff.decide_several": {
        "items": [
            {"handoff": "ho_01jx", "verdict": "approve", "digest": DIGEST, "round": 1},
            {
                "handoff": "ho_01jy",
                "verdict": "request_changes",
                "digest": DIGEST,
                "round": 2,
                "reason": "The totals are missing.",
            },
        ]
    },
    "handoff.reassign": {"to": "ben@acme.example", "note": "You know this supplier."},
    "away.set": {
        "to": "ben@acme.example",
        "from": "2026-07-01T00:00:00Z",
        "until": "2026-07-15T00:00:00Z",
    },
    "handoff.recall": {"reason": "The table on page 3 is last month's."},
    "comment.add": {"text": "Is this before tax?", "file": "report.csv", "anchor": {"row": 12}},
    "run.begin": {"round": 1, "digest": DIGEST},
    "run.end": {"outcome": "done", "result": {"refund": "re_4711"}},
    "agent.create": {"name": "steward", "scopes": ["read", "write", "submit", "claim"]},
    "follower.rewind": {"position": 1200},
    "endpoint.create": {
        "url": "https://flows.acme.example/signoff",
        "events": ["handoff.approved", "handoff.rejected"],
        "path": "**/contracts/**",
        "description": "Files the contracts.",
    },
    "endpoint.change": {"events": ["handoff.*"], "enabled": True},
    "endpoint.rotate": {"overlap_seconds": 86400},
    "endpoint.replay": {"after": 1200, "missed_only": True},
    "callback.rotate": {"overlap_seconds": 86400},
    "member.set": {"role": "reviewer", "groups": ["finance"]},
    "workspace.create": {"slug": "acme"},
}
