r"""The foundation: the directory, the tree, handoffs, locks, claims and the log.

Times are integers, microseconds UTC. JSON is bytes, since `\u0000` is legal in it.
`ws` is the workspace's slug, first in every key but the directory's.
"""

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE meta (key {text} PRIMARY KEY, value {blob} NOT NULL)""",
    # The directory.
    """CREATE TABLE people (
        id {text} PRIMARY KEY, email {text} NOT NULL, email_key {text} NOT NULL UNIQUE,
        name {text} NOT NULL, password {text} NOT NULL, admin {int} NOT NULL,
        created_at {int} NOT NULL, disabled_at {int})""",
    """CREATE TABLE sessions (
        id {text} PRIMARY KEY, hash {blob} NOT NULL UNIQUE, person {text} NOT NULL,
        created_at {int} NOT NULL, expires_at {int} NOT NULL, ended_at {int})""",
    """CREATE INDEX sessions_person ON sessions (person)""",
    """CREATE TABLE signin_links (
        hash {blob} PRIMARY KEY, person {text} NOT NULL, expires_at {int} NOT NULL,
        used_at {int})""",
    """CREATE TABLE app_passwords (
        id {text} PRIMARY KEY, hash {blob} NOT NULL UNIQUE, person {text} NOT NULL,
        name {text} NOT NULL, decides {int} NOT NULL, created_at {int} NOT NULL,
        expires_at {int}, revoked_at {int})""",
    """CREATE INDEX app_passwords_person ON app_passwords (person)""",
    """CREATE TABLE workspaces (
        slug {text} PRIMARY KEY, name {text} NOT NULL, keys {blob} NOT NULL,
        created_at {int} NOT NULL, created_by {text} NOT NULL, closed_at {int})""",
    # Actors and rights of a workspace.
    """CREATE TABLE members (
        ws {text} NOT NULL, person {text} NOT NULL, role {text} NOT NULL,
        groups {blob} NOT NULL, since {int} NOT NULL, PRIMARY KEY (ws, person)) {no_rowid}""",
    """CREATE INDEX members_person ON members (person)""",
    """CREATE TABLE agents (
        ws {text} NOT NULL, id {text} NOT NULL, name {text} NOT NULL, name_key {text} NOT NULL,
        owner {text}, created_at {int} NOT NULL, disabled_at {int},
        PRIMARY KEY (ws, id)) {no_rowid}""",
    """CREATE UNIQUE INDEX agents_name ON agents (ws, name_key)""",
    """CREATE TABLE keys (
        ws {text} NOT NULL, id {text} NOT NULL, agent {text} NOT NULL, hash {blob} NOT NULL,
        scopes {text} NOT NULL, paths {blob} NOT NULL, created_at {int} NOT NULL,
        expires_at {int}, revoked_at {int}, PRIMARY KEY (ws, id)) {no_rowid}""",
    """CREATE UNIQUE INDEX keys_hash ON keys (ws, hash)""",
    """CREATE INDEX keys_agent ON keys (ws, agent)""",
    """CREATE TABLE grants (
        ws {text} NOT NULL, id {text} NOT NULL, subject {text} NOT NULL, path {text} NOT NULL,
        rights {text} NOT NULL, set_at {int} NOT NULL, PRIMARY KEY (ws, id)) {no_rowid}""",
    """CREATE UNIQUE INDEX grants_subject ON grants (ws, subject, path)""",
    """CREATE TABLE policies (
        ws {text} NOT NULL, number {int} NOT NULL, body {blob} NOT NULL, set_at {int} NOT NULL,
        set_by {text} NOT NULL, PRIMARY KEY (ws, number)) {no_rowid}""",
    # The tree.
    """CREATE TABLE nodes (
        ws {text} NOT NULL, id {text} NOT NULL, parent {text} NOT NULL, name {text} NOT NULL,
        name_key {text} NOT NULL, kind {text} NOT NULL, version {int} NOT NULL, digest {text},
        size {int} NOT NULL, media_type {text} NOT NULL, blob {text},
        created_at {int} NOT NULL, modified_at {int} NOT NULL, modified_by {text} NOT NULL,
        attempts {int} NOT NULL DEFAULT 0, PRIMARY KEY (ws, id)) {no_rowid}""",
    """CREATE UNIQUE INDEX nodes_name ON nodes (ws, parent, name_key)""",
    """CREATE TABLE versions (
        ws {text} NOT NULL, node {text} NOT NULL, number {int} NOT NULL,
        blob {text} NOT NULL, digest {text} NOT NULL, size {int} NOT NULL,
        media_type {text} NOT NULL, author {text} NOT NULL, at {int} NOT NULL,
        PRIMARY KEY (ws, node, number)) {no_rowid}""",
    """CREATE INDEX versions_blob ON versions (ws, blob)""",
    """CREATE TABLE blobs (
        ws {text} NOT NULL, id {text} NOT NULL, digest {text} NOT NULL, size {int} NOT NULL,
        is_inline {int} NOT NULL, created_at {int} NOT NULL, doomed_at {int}, damaged_at {int},
        PRIMARY KEY (ws, id)) {no_rowid}""",
    """CREATE INDEX blobs_digest ON blobs (ws, digest)""",
    """CREATE INDEX blobs_doomed ON blobs (ws, doomed_at) WHERE doomed_at IS NOT NULL""",
    """CREATE TABLE inline_bytes (
        ws {text} NOT NULL, blob {text} NOT NULL, bytes {blob} NOT NULL,
        PRIMARY KEY (ws, blob))""",
    """CREATE TABLE uploads (
        ws {text} NOT NULL, blob {text} NOT NULL, by_actor {text} NOT NULL,
        started_at {int} NOT NULL, expires_at {int} NOT NULL, PRIMARY KEY (ws, blob))""",
    """CREATE TABLE trash (
        ws {text} NOT NULL, id {text} NOT NULL, node {text} NOT NULL, from_path {text} NOT NULL,
        by_actor {text} NOT NULL, at {int} NOT NULL, expires_at {int} NOT NULL,
        PRIMARY KEY (ws, id)) {no_rowid}""",
    """CREATE INDEX trash_expiry ON trash (ws, expires_at)""",
    """CREATE TABLE vacated (
        ws {text} NOT NULL, parent {text} NOT NULL, name_key {text} NOT NULL,
        node {text} NOT NULL, by_actor {text} NOT NULL, at {int} NOT NULL,
        PRIMARY KEY (ws, parent, name_key)) {no_rowid}""",
    """CREATE INDEX vacated_at ON vacated (at)""",
    """CREATE TABLE holds (
        ws {text} NOT NULL, node {text} NOT NULL, ancestor {text} NOT NULL,
        kind {text} NOT NULL, ref {text} NOT NULL,
        PRIMARY KEY (ws, node, ancestor, kind, ref)) {no_rowid}""",
    """CREATE INDEX holds_below ON holds (ws, ancestor, kind, node)""",
    """CREATE INDEX holds_ref ON holds (ws, ref)""",
    """CREATE TABLE queue (
        ws {text} NOT NULL, node {text} NOT NULL, priority {int} NOT NULL, since {int} NOT NULL,
        PRIMARY KEY (ws, node)) {no_rowid}""",
    """CREATE INDEX queue_order ON queue (ws, priority, since, node)""",
    """CREATE TABLE arrivals (
        ws {text} NOT NULL, node {text} NOT NULL, by_actor {text} NOT NULL,
        by_kind {text} NOT NULL, credential {text} NOT NULL, path {text} NOT NULL,
        since {int} NOT NULL, touched_at {int} NOT NULL, PRIMARY KEY (ws, node)) {no_rowid}""",
    """CREATE INDEX arrivals_touched ON arrivals (ws, touched_at)""",
    # Handoffs. `body` is the value as JSON; the columns beside it are indices, written with it.
    """CREATE TABLE handoffs (
        ws {text} NOT NULL, id {text} NOT NULL, kind {text} NOT NULL, state {text} NOT NULL,
        node {text} NOT NULL, submitted_by {text} NOT NULL, submitted_path {text} NOT NULL,
        priority {int} NOT NULL, due_at {int} NOT NULL, opened_at {int} NOT NULL,
        dedupe_key {text}, claim {text}, offered {int} NOT NULL, revision {int} NOT NULL,
        digest_revision {int} NOT NULL, body {blob} NOT NULL, raw_sidecar {blob},
        resume_state {blob}, PRIMARY KEY (ws, id)) {no_rowid}""",
    """CREATE INDEX handoffs_inbox ON handoffs (ws, state, due_at, priority, opened_at, id)""",
    """CREATE INDEX handoffs_recent ON handoffs (ws, opened_at, id)""",
    """CREATE INDEX handoffs_state ON handoffs (ws, state, opened_at, id)""",
    """CREATE INDEX handoffs_agent ON handoffs (ws, submitted_by, state, opened_at, id)""",
    """CREATE INDEX handoffs_node ON handoffs (ws, node)""",
    """CREATE INDEX handoffs_path ON handoffs (ws, submitted_path, submitted_by)""",
    """CREATE INDEX handoffs_dedupe ON handoffs (ws, submitted_by, dedupe_key)
        WHERE dedupe_key IS NOT NULL""",
    """CREATE INDEX handoffs_offered ON handoffs (ws, opened_at, id) WHERE offered = 1""",
    """CREATE TABLE reviewer_index (
        ws {text} NOT NULL, reviewer {text} NOT NULL, opened_at {int} NOT NULL,
        handoff {text} NOT NULL, PRIMARY KEY (ws, reviewer, opened_at, handoff)) {no_rowid}""",
    """CREATE INDEX reviewer_index_handoff ON reviewer_index (ws, handoff)""",
    """CREATE TABLE rounds (
        ws {text} NOT NULL, handoff {text} NOT NULL, number {int} NOT NULL,
        digest {text} NOT NULL, body {blob} NOT NULL, manifest {blob} NOT NULL,
        PRIMARY KEY (ws, handoff, number)) {no_rowid}""",
    """CREATE TABLE comments (
        ws {text} NOT NULL, handoff {text} NOT NULL, at {int} NOT NULL, id {text} NOT NULL,
        body {blob} NOT NULL, PRIMARY KEY (ws, handoff, at, id)) {no_rowid}""",
    # Claims and locks.
    """CREATE TABLE claims (
        ws {text} NOT NULL, id {text} NOT NULL, agent {text} NOT NULL,
        expires_at {int} NOT NULL, body {blob} NOT NULL, PRIMARY KEY (ws, id)) {no_rowid}""",
    """CREATE INDEX claims_expiry ON claims (ws, expires_at)""",
    """CREATE INDEX claims_agent ON claims (ws, agent, id)""",
    """CREATE TABLE locks (
        ws {text} NOT NULL, token {text} NOT NULL, node {text} NOT NULL,
        holder {text} NOT NULL, expires_at {int} NOT NULL, body {blob} NOT NULL,
        PRIMARY KEY (ws, token)) {no_rowid}""",
    """CREATE INDEX locks_node ON locks (ws, node)""",
    """CREATE INDEX locks_expiry ON locks (ws, expires_at)""",
    """CREATE TABLE lock_tickets (
        ws {text} NOT NULL, node {text} NOT NULL, number {int} NOT NULL, id {text} NOT NULL,
        seen_at {int} NOT NULL, body {blob} NOT NULL,
        PRIMARY KEY (ws, node, number, id)) {no_rowid}""",
    # The log.
    """CREATE TABLE heads (
        ws {text} PRIMARY KEY, position {int} NOT NULL, at {int} NOT NULL)""",
    """CREATE TABLE entries (
        ws {text} NOT NULL, position {int} NOT NULL, id {text} NOT NULL, at {int} NOT NULL,
        type {text} NOT NULL, actor {text} NOT NULL, actor_kind {text} NOT NULL,
        credential {text} NOT NULL, credential_kind {text} NOT NULL, door {text} NOT NULL,
        node {text}, handoff {text}, leaf {blob} NOT NULL, leaf_hash {blob} NOT NULL,
        PRIMARY KEY (ws, position)) {no_rowid}""",
    """CREATE INDEX entries_handoff ON entries (ws, handoff, position)
        WHERE handoff IS NOT NULL""",
    """CREATE INDEX entries_actor ON entries (ws, actor, position)""",
    """CREATE INDEX entries_node ON entries (ws, node, position) WHERE node IS NOT NULL""",
    """CREATE INDEX entries_request ON entries (ws, id)""",
    """CREATE TABLE privates (
        ws {text} NOT NULL, position {int} NOT NULL, salt {blob} NOT NULL, body {blob} NOT NULL,
        PRIMARY KEY (ws, position)) {no_rowid}""",
    """CREATE TABLE edges (
        ws {text} PRIMARY KEY, size {int} NOT NULL, edge {blob} NOT NULL)""",
    """CREATE TABLE tiles (
        ws {text} NOT NULL, level {int} NOT NULL, number {int} NOT NULL, width {int} NOT NULL,
        hashes {blob} NOT NULL, PRIMARY KEY (ws, level, number, width))""",
    """CREATE TABLE checkpoints (
        ws {text} NOT NULL, size {int} NOT NULL, at {int} NOT NULL, root {blob} NOT NULL,
        note {text} NOT NULL, handed_out {int} NOT NULL, PRIMARY KEY (ws, size)) {no_rowid}""",
    # The books.
    """CREATE TABLE idempotency (
        ws {text} NOT NULL, credential {text} NOT NULL, route {text} NOT NULL,
        key {text} NOT NULL, body_hash {blob} NOT NULL, status {int} NOT NULL,
        answer {blob}, at {int} NOT NULL, PRIMARY KEY (ws, credential, route, key))""",
    """CREATE INDEX idempotency_at ON idempotency (at)""",
    """CREATE TABLE followers (
        ws {text} NOT NULL, name {text} NOT NULL, position {int} NOT NULL, epoch {int} NOT NULL,
        saved_at {int} NOT NULL, PRIMARY KEY (ws, name)) {no_rowid}""",
    """CREATE TABLE denials (
        ws {text} NOT NULL, actor {text} NOT NULL, action {text} NOT NULL, code {text} NOT NULL,
        since {int} NOT NULL, count {int} NOT NULL, body {blob} NOT NULL,
        PRIMARY KEY (ws, actor, action, code)) {no_rowid}""",
    """CREATE TABLE signin_failures (
        subject {text} NOT NULL, at {int} NOT NULL, id {text} NOT NULL,
        PRIMARY KEY (subject, at, id)) {no_rowid}""",
    """CREATE TABLE leases (
        name {text} PRIMARY KEY, holder {text} NOT NULL, epoch {int} NOT NULL,
        expires_at {int} NOT NULL)""",
    """CREATE TABLE words (
        ws {text} NOT NULL, word {text} NOT NULL, node {text} NOT NULL,
        PRIMARY KEY (ws, word, node)) {no_rowid}""",
    """CREATE INDEX words_node ON words (ws, node)""",
    """CREATE TABLE last_used (
        ws {text} NOT NULL, credential {text} NOT NULL, at {int} NOT NULL,
        PRIMARY KEY (ws, credential)) {no_rowid}""",
)
