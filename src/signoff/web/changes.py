"""What people do with files on a page: make a folder, throw away, bring a version back."""

from signoff.actions import folders, trash, versions
from signoff.actions.folder_views import PathOnly
from signoff.actions.trash import Delete
from signoff.actions.versions import RestoreVersion
from signoff.asgi.problems import status_of
from signoff.domain.errors import Code, Invalid, Refusal
from signoff.domain.files import clean_path, join, parent_of
from signoff.web import places, problems
from signoff.web.visits import Visit


async def make_folder(visit: Visit) -> None:
    """Make a folder in the one that is shown."""
    form = await visit.form()
    into = clean_path(form.get("into"))
    name = form.get("name").strip()
    try:
        if not name or "/" in name:
            raise Invalid(
                "A folder has a name without a slash", code=Code.INVALID_PATH, hint="Try again."
            )
        await visit.do(folders.make_folder, PathOnly(path=join(into, name)))
    except Refusal as refusal:
        if status_of(refusal) in (401, 404):
            raise
        problem = problems.problem_of(refusal)
        await places.put_up(visit, into, problem=problem, status=status_of(refusal))
    else:
        await visit.go(places.files_url(visit, join(into, name)))


async def throw_away(visit: Visit) -> None:
    """Put a file into the trash, from where it can come back."""
    path = clean_path((await visit.form()).get("path"))
    await visit.do(trash.delete, Delete(path=path))
    await visit.go(places.files_url(visit, parent_of(path)))


async def restore_version(visit: Visit) -> None:
    """Write an earlier version again, as the next one."""
    form = await visit.form()
    path, number = clean_path(form.get("path")), form.get("version")
    if not number.isdecimal() or len(number) > 9:  # noqa: PLR2004  digits of a version
        raise Invalid("A version is a number", hint="Choose one of the list.")
    await visit.do(versions.restore, RestoreVersion(path=path, version=int(number)))
    await visit.go(places.files_url(visit, path))
