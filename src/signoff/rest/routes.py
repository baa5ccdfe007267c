"""Which method on which path is which act. `{name}` is a segment, `{name*}` all that follow."""

from msgspec import Struct

from signoff.actions.table import BY_NAME, Act


class Route(Struct, frozen=True, kw_only=True):
    """One row of the REST table, below `/api/v1/workspaces/{workspace}/`.

    `status` is that of a result that is new; `by` names a handler of its own where bytes or
    waiting are involved (`app.HANDLERS`), else the act is bound from path, query and body.
    """

    method: str
    path: str
    act: str
    status: int = 200
    by: str = ""

    @property
    def declared(self) -> Act:
        """Return the act that it is."""
        return BY_NAME[self.act]


def _route(method: str, path: str, act: str, status: int = 200, *, by: str = "") -> Route:
    return Route(method=method, path=path, act=act, status=status, by=by)


ROUTES: tuple[Route, ...] = (
    _route("PUT", "files/{path*}", "file.write", 201, by="write"),
    _route("GET", "files/{path*}", "file.read", by="read"),
    _route("HEAD", "files/{path*}", "file.read", by="read"),
    _route("GET", "tree/{path*}", "folder.list"),
    _route("DELETE", "files/{path*}", "file.delete", 204),
    _route("POST", "uploads", "upload.create", 201, by="upload"),
    _route("GET", "uploads/{upload}", "upload.read"),
    _route("HEAD", "uploads/{upload}", "upload.read", by="look"),
    _route("PATCH", "uploads/{upload}", "upload.append", 204, by="append"),
    _route("DELETE", "uploads/{upload}", "upload.cancel", 204, by="cancel"),
    _route("GET", "find", "file.find"),
    _route("POST", "folders", "folder.create", 201),
    _route("POST", "moves", "file.move", 201),
    _route("POST", "copies", "file.copy", 201),
    _route("GET", "versions/{path*}", "version.list"),
    _route("POST", "versions/{path*}", "version.restore"),
    _route("GET", "properties/{path*}", "properties.find"),
    _route("PATCH", "properties/{path*}", "properties.patch"),
    _route("GET", "trash", "trash.list"),
    _route("POST", "trash/{id}/restore", "trash.restore"),
    _route("DELETE", "trash/{id}", "trash.purge"),
    _route("POST", "handoffs", "handoff.submit", 201, by="submit"),
    _route("GET", "handoffs", "handoff.list"),
    _route("GET", "handoffs/{handoff}", "handoff.read", by="handoff"),
    _route("DELETE", "handoffs/{handoff}", "handoff.withdraw"),
    _route("GET", "handoffs/{handoff}/files", "handoff.files"),
    _route("GET", "handoffs/{handoff}/changes", "handoff.changes"),
    _route("POST", "handoffs/{handoff}/split", "handoff.split", 201, by="split"),
    _route("POST", "splits", "handoff.split", 201, by="split"),
    _route("PUT", "handoffs/{handoff}/decision", "handoff.decide"),
    _route("POST", "decisions", "handoff.decide_several", by="decisions"),
    _route("POST", "handoffs/{handoff}/recall", "handoff.recall"),
    _route("POST", "handoffs/{handoff}/take", "handoff.take"),
    _route("POST", "handoffs/{handoff}/give-back", "handoff.give_back"),
    _route("POST", "handoffs/{handoff}/offer", "handoff.offer"),
    _route("POST", "handoffs/{handoff}/raise", "handoff.raise"),
    _route("POST", "handoffs/{handoff}/reassign", "handoff.reassign"),
    _route("GET", "away", "away.list"),
    _route("PUT", "away", "away.set"),
    _route("DELETE", "away", "away.end", 204),
    _route("GET", "handoffs/{handoff}/comments", "comment.list"),
    _route("POST", "handoffs/{handoff}/comments", "comment.add", 201),
    _route("POST", "handoffs/{handoff}/comments/{comment}/resolve", "comment.resolve"),
    _route("GET", "handoffs/{handoff}/runs", "run.list"),
    _route("POST", "handoffs/{handoff}/runs", "run.begin", 201),
    _route("PUT", "handoffs/{handoff}/runs/{run}", "run.end"),
    _route("GET", "claims", "claim.list"),
    _route("POST", "claims", "claim.take", 201, by="claim"),
    _route("POST", "claims/{claim}/renew", "claim.renew"),
    _route("POST", "claims/{claim}/takeover", "claim.takeover"),
    _route("DELETE", "claims/{claim}", "claim.release", 204),
    _route("GET", "locks", "lock.list"),
    _route("POST", "locks", "lock.take", 201, by="lock"),
    _route("POST", "locks/break", "lock.break"),
    _route("POST", "locks/{token}/refresh", "lock.refresh"),
    _route("DELETE", "locks/{token}", "lock.release", 204),
    _route("DELETE", "tickets/{ticket}", "lock.leave_line", 204),
    _route("GET", "events", "event.list", by="events"),
    _route("GET", "events/recent", "event.recent"),
    _route("GET", "events/head", "event.head"),
    _route("GET", "audit", "audit.list"),
    _route("GET", "audit/checkpoint", "audit.checkpoint"),
    _route("GET", "audit/export", "audit.export", by="export"),
    _route("POST", "audit/verify", "audit.verify", by="verify"),
    _route("GET", "audit/{position}", "audit.read"),
    _route("GET", "audit/{position}/proof", "audit.prove"),
    _route("POST", "audit/{position}/erase", "audit.erase"),
    _route("GET", "me", "person.me"),
    _route("POST", "close", "workspace.close"),
    _route("GET", "members", "member.list"),
    _route("PUT", "members/{person}", "member.set"),
    _route("DELETE", "members/{person}", "member.remove", 204),
    _route("GET", "agents", "agent.list"),
    _route("POST", "agents", "agent.create", 201),
    _route("DELETE", "agents/{agent}", "agent.disable"),
    _route("GET", "agents/{agent}/keys", "key.list"),
    _route("POST", "agents/{agent}/keys", "key.create", 201),
    _route("POST", "keys/{key}/rotate", "key.rotate", 201),
    _route("DELETE", "keys/{key}", "key.revoke"),
    _route("GET", "grants", "grant.list"),
    _route("PUT", "grants", "grant.set"),
    _route("DELETE", "grants/{grant}", "grant.remove", 204),
    _route("GET", "policy", "policy.read"),
    _route("PUT", "policy", "policy.set", by="policy"),
    _route("GET", "policy/history", "policy.history"),
    _route("GET", "policy/schema", "policy.schema"),
    _route("POST", "policy/explain", "policy.explain"),
    _route("POST", "policy/try", "policy.try", by="trial"),
    _route("GET", "second-looks", "second_look.list"),
    _route("PUT", "handoffs/{handoff}/second-look", "second_look.give"),
    _route("GET", "followers", "follower.list"),
    _route("PUT", "followers/{name}", "follower.rewind"),
    _route("GET", "endpoints", "endpoint.list"),
    _route("POST", "endpoints", "endpoint.create", 201),
    _route("GET", "endpoints/{endpoint}", "endpoint.read"),
    _route("PATCH", "endpoints/{endpoint}", "endpoint.change"),
    _route("DELETE", "endpoints/{endpoint}", "endpoint.remove", 204),
    _route("POST", "endpoints/{endpoint}/rotate", "endpoint.rotate"),
    _route("POST", "endpoints/{endpoint}/ping", "endpoint.ping", 204),
    _route("POST", "endpoints/{endpoint}/replay", "endpoint.replay"),
    _route("GET", "endpoints/{endpoint}/deliveries", "delivery.list"),
    _route("GET", "endpoints/{endpoint}/deliveries/{position}", "delivery.read"),
    _route("POST", "endpoints/{endpoint}/deliveries/{position}/replay", "delivery.replay"),
    _route("GET", "callback", "callback.read"),
    _route("POST", "callback/rotate", "callback.rotate"),
    _route("GET", "notifications", "notification.list"),
    _route("GET", "notifications/count", "notification.count"),
    _route("POST", "notifications/read", "notification.read"),
    _route("GET", "preferences", "preferences.read"),
    _route("PUT", "preferences", "preferences.set"),
    _route("GET", "channels", "channel.list"),
    _route("POST", "channels", "channel.set", 201),
    _route("PUT", "channels/{channel}", "channel.set"),
    _route("DELETE", "channels/{channel}", "channel.remove", 204),
)
