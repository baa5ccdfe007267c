import pytest

from signoff.domain import properties
from signoff.domain.errors import Code, Forbidden, Invalid, TooLarge
from signoff.domain.properties import Change, Given, Property

NS = "https://acme.example/"
WINDOWS = "urn:schemas-microsoft-com:"


def prop(name="colour", value="red", **more):
    return Property(namespace=NS, name=name, value=value, **more)


def put(name="colour", value="red", **more):
    return Change(**{"namespace": NS, "name": name, "value": value, **more})


def drop(name="colour"):
    return Change(namespace=NS, name=name, value=None)


def patch(*changes, standing=()):
    return properties.patch(standing, changes)


# Changing.


def test_changes_come_one_after_another():
    patched = patch(put(value="red"), put("size"), put(value="blue"), drop("size"))

    assert patched.set == (prop(value="blue"),)
    assert patched.removed == ()


def test_what_is_removed_and_set_again_is_set():
    patched = patch(drop(), put(value="blue"), standing=[prop()])

    assert patched.set == (prop(value="blue"),)
    assert patched.removed == ()


def test_to_remove_what_is_not_there_changes_nothing():
    assert patch(drop()) == properties.Patch(set=(), removed=())


def test_what_is_as_it_was_is_no_change():
    assert patch(put(), standing=[prop()]) == properties.Patch(set=(), removed=())


def test_the_language_is_a_part_of_what_is_set():
    patched = patch(put(lang="en"), standing=[prop()])

    assert patched.set == (prop(lang="en"),)


def test_the_same_name_in_no_namespace_is_another_property():
    patched = patch(put(namespace=""), drop(), standing=[prop()])

    assert [each.namespace for each in patched.set] == [""]
    assert patched.removed == ((NS, "colour"),)


@pytest.mark.parametrize(
    "value", ["", "a &amp; b", "<a xmlns='x'><b/></a>", "<![CDATA[<]]>", "𐀀"]
)
def test_any_xml_that_stands_by_itself_is_kept(value):
    assert patch(put(value=value)).set[0].value == value


@pytest.mark.parametrize(
    "value",
    [
        "</v><v>",
        "</v><!-- -->",
        "<a>",
        "a & b",
        "&undeclared;",
        "<p:a/>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]>",
        "<?xml version='1.0'?>",
        "\x00",
        "\x0b",
        "\ud800",
        "\uffff",
    ],
)
def test_what_would_break_a_listing_is_refused(value):
    with pytest.raises(Invalid):
        patch(put(value=value))


def test_a_value_with_too_long_a_tag_is_refused_before_it_takes_room():
    many = " ".join(f"n:a{i}=''" for i in range(1_200))
    value = f"<n:a xmlns:n='{'u' * 18_000}' {many}/>"
    assert len(value) < properties.MAX_VALUE_BYTES

    with pytest.raises(TooLarge):
        patch(put(value=value))


def test_a_value_may_be_long_where_its_tags_are_not():
    value = f"<a xmlns='urn:x'>{'text ' * 6_000}</a>"

    assert patch(put(value=value)).set[0].value == value


@pytest.mark.parametrize("name", ["", "1st", "a b", "p:a", "a><b", "-a", "a\n", "\ud800"])
def test_a_name_that_is_none_in_xml_is_refused(name):
    with pytest.raises(Invalid):
        patch(put(name))
    with pytest.raises(Invalid):
        patch(drop(name))


@pytest.mark.parametrize("name", ["a", "_a", "höhe", "a.b-c_1", "名前", "\U00010000"])
def test_a_name_may_be_any_that_xml_has(name):
    assert patch(put(name)).set[0].name == name


@pytest.mark.parametrize("namespace", ["a\nb", "\x00", "\ud800", "\ufffe"])
def test_a_namespace_without_a_form_in_xml_is_refused(namespace):
    with pytest.raises(Invalid):
        patch(put(namespace=namespace))


def test_what_signoff_keeps_for_itself_is_nobodys_to_set():
    with pytest.raises(Forbidden) as refused:
        patch(put(namespace=properties.GIVEN, name="modified"))

    assert refused.value.code is Code.RESERVED_NAME


def test_a_language_is_a_tag():
    with pytest.raises(Invalid):
        patch(put(lang='en"/>'))


@pytest.mark.parametrize("count", [0, 1001])
def test_a_patch_is_neither_empty_nor_endless(count):
    with pytest.raises(Invalid):
        patch(*[drop()] * count)


# Limits.


def test_a_property_holds_32_kib_and_no_more():
    assert patch(put(value="ü" * 16 * 1024)).set
    with pytest.raises(TooLarge):
        patch(put(value="ü" * 16 * 1024 + "a"))


def test_a_node_has_200_properties_and_no_more():
    standing = [prop(f"p{n}") for n in range(199)]

    assert patch(put("last"), standing=standing).set
    with pytest.raises(TooLarge):
        patch(put("last"), put("more"), standing=standing)


def test_a_node_has_64_kib_of_properties_and_no_more():
    quarter = "a" * 15 * 1024

    assert patch(*(put(f"p{n}", quarter) for n in range(4))).set
    with pytest.raises(TooLarge):
        patch(*(put(f"p{n}", quarter) for n in range(5)))


@pytest.mark.parametrize("more", [{"namespace": "n" * 1025}, {"name": "n" * 1025}])
def test_a_name_and_a_namespace_are_at_most_a_kib(more):
    with pytest.raises(TooLarge):
        patch(put(**more))


def test_what_came_to_have_too_many_may_lose_some():
    standing = [prop(f"p{n}") for n in range(300)]

    assert patch(drop("p7"), standing=standing).removed == ((NS, "p7"),)


# What leaves no event, and what a client says of a version.


def windows(name, value="x"):
    return Change(namespace=WINDOWS, name=name, value=value)


def test_what_is_longer_than_windows_writes_is_on_the_record():
    def noted(value):
        return Change(namespace=WINDOWS, name="Win32FileAttributes", value=value)

    assert properties.is_quiet([noted("00000020"), noted(None)])
    assert not properties.is_quiet([noted("approve this, please " * 10)])


def test_only_what_windows_notes_unasked_is_quiet():
    noted = [windows("Win32FileAttributes", "00000020"), windows("Win32CreationTime")]

    assert properties.is_quiet(noted)
    assert not properties.is_quiet([*noted, put()])
    assert not properties.is_quiet([windows("Win32Other")])


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Tue, 17 Nov 2020 10:00:00 GMT", 1605607200),
        (" Tuesday, 17-Nov-20 10:00:00 GMT ", 1605607200),
        ("Tue Nov 17 10:00:00 2020", 1605607200),
        ("yesterday", None),
        ("", None),
        ("Tue, 17 Nov 2020 10:00:00 -9999", None),
        ("Tue, 99 Nov 2020 10:00:00 GMT", None),
    ],
)
def test_windows_says_when_a_version_was_last_modified(date, seconds):
    patched = patch(windows("Win32LastModifiedTime", date))

    assert properties.said_by(patched) == Given(mtime_seconds=seconds)


def test_other_properties_say_nothing_of_the_version():
    assert properties.said_by(patch(put())) == Given()


def test_what_is_said_of_a_version_holds_of_no_other():
    given = Given(mtime_seconds=-5, checksum="SHA1:2fd4e1")

    said = properties.of_version(given, 3)

    assert properties.given_of([prop(), *said], 3) == given
    assert properties.given_of([prop(), *said], 4) == Given()
    assert properties.dead_of([prop(), *said]) == (prop(),)


def test_nothing_said_is_nothing_kept():
    assert properties.of_version(Given(), 1) == ()


@pytest.mark.parametrize(
    "given",
    [
        Given(mtime_seconds=properties.LATEST + 1),
        Given(mtime_seconds=properties.EARLIEST - 1),
        Given(checksum="SHA1"),
        Given(checksum="SHA1:a b"),
        Given(checksum="SHA1:" + "a" * 200),
    ],
)
def test_nonsense_about_a_version_is_refused(given):
    with pytest.raises(Invalid):
        properties.checked(given)
