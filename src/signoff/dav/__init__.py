"""WebDAV, classes 1, 2 and 3 (RFC 4918) with quota (RFC 4331): a workspace as a drive."""
