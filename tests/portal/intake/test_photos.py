import os
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from portal.intake.held import (
    held_add,
    held_clear,
    held_expire,
    held_photos,
    held_remove,
    held_thumbnails,
)
from portal.intake.photos import MAX_SIDE, photo_clean, photo_thumbnail
from portal.intake.receipts import new_key
from portal.intake.storage import private_storage
from portal.intake.tasks import expire_held_photos


def picture(form="JPEG", size=(60, 40), mode="RGB", **save):
    out = BytesIO()
    Image.new(mode, size, "red").save(out, form, **save)
    return SimpleUploadedFile(f"my.{form.lower()}", out.getvalue())


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_it_draws_photos_of_common_kinds_anew(form):
    with Image.open(photo_clean(picture(form))) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (60, 40))


def test_it_puts_transparent_pictures_on_white():
    with Image.open(photo_clean(picture("PNG", mode="RGBA"))) as image:
        assert image.mode == "RGB"
    out = BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(photo_clean(SimpleUploadedFile("a.png", out.getvalue()))) as image:
        assert image.getpixel((4, 4)) == (255, 255, 255)


def test_it_makes_large_photos_smaller_and_turns_them_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(photo_clean(picture(size=(5000, 2500), exif=exif))) as image:
        assert image.size == (MAX_SIDE // 2, MAX_SIDE)
        assert not image.getexif()


@pytest.mark.parametrize(
    ("upload", "code"),
    [
        (SimpleUploadedFile("a.jpg", b""), "photo_unreadable"),
        (SimpleUploadedFile("a.jpg", b"GIF89a"), "photo_unreadable"),
        (SimpleUploadedFile("a.jpg", picture(size=(500, 500)).read()[:900]), "photo_unreadable"),
        (picture("GIF"), "photo_unreadable"),
        (picture("TIFF"), "photo_unreadable"),
        (SimpleUploadedFile("a.svg", b"<svg onload='x'/>"), "photo_unreadable"),
        (picture("PNG", size=(20000, 4000), mode="1"), "photo_too_many_pixels"),
    ],
)
def test_it_refuses_what_is_no_photo(upload, code):
    with pytest.raises(ValidationError) as error:
        photo_clean(upload)
    assert error.value.code == code


def test_it_refuses_what_is_too_large():
    upload = picture()
    upload.size = 16 * 1024 * 1024
    with pytest.raises(ValidationError) as error:
        photo_clean(upload)
    assert error.value.code == "photo_too_large"


def test_a_thumbnail_is_a_data_address():
    assert photo_thumbnail(photo_clean(picture())).startswith("data:image/jpeg;base64,")


@pytest.fixture
def held():
    """A token that holds two photos."""
    token = new_key()
    held_add(token, [photo_clean(picture(size=(10 + i, 10))) for i in range(2)])
    return token


def test_photos_wait_under_their_token_alone(held):
    assert len(held_photos(held)) == len(held_thumbnails(held)) == 2
    assert held_photos(new_key()) == held_photos("../../etc") == held_photos("") == []
    held_remove(held, [0, 0, 9, -1])
    (left,) = held_photos(held)
    with Image.open(left) as image:
        assert image.width == 11
    held_clear(held)
    assert held_photos(held) == []


def test_no_more_than_six_photos_wait(held):
    held_add(held, [ContentFile(b"x") for _ in range(9)])
    assert len(held_photos(held)) == 6
    held_add("no-key", [ContentFile(b"x")])


def test_held_photos_go_after_a_day(held):
    now = timezone.now()
    assert held_expire(now=now) == 0
    assert held_expire(now=now + timedelta(hours=25)) >= 2
    assert held_photos(held) == []
    expire_held_photos()


def test_held_photos_lie_outside_the_public_media(held, settings):
    root = os.path.realpath(private_storage().path(""))
    assert not root.startswith(os.path.realpath(settings.MEDIA_ROOT) + os.sep)


def test_everything_a_camera_writes_beside_the_picture_is_gone():
    exif = Image.Exif()
    exif[0x010F] = "Phone"
    exif.get_ifd(0x8825).update({1: "N", 2: (40.0, 5.0, 0.0)})
    out = BytesIO()
    Image.new("RGB", (64, 48), "red").save(
        out, "JPEG", exif=exif, xmp=b"<x:xmpmeta>secret-place</x:xmpmeta>",
        icc_profile=b"secret-profile" * 20, comment=b"secret-comment",
    )  # fmt: skip
    cleaned = photo_clean(SimpleUploadedFile("a.jpg", out.getvalue())).read()
    for word in (b"secret", b"Exif", b"GPS", b"Phone", b"http://ns.adobe", b"ICC_PROFILE"):
        assert word not in cleaned
    with Image.open(BytesIO(cleaned)) as image:
        assert not image.getexif() and not {"icc_profile", "xmp", "comment"} & set(image.info)


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch):
    bomb = picture("PNG", size=(30000, 30000), mode="1")
    assert bomb.size < 200_000

    def decode(self):
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    with pytest.raises(ValidationError) as error:
        photo_clean(bomb)
    assert error.value.code == "photo_too_many_pixels"


@pytest.mark.parametrize("size", [(60000, 1), (1, 60000)])
def test_a_strip_of_pixels_is_refused(size):
    with pytest.raises(ValidationError) as error:
        photo_clean(picture("PNG", size=size, mode="1"))
    assert error.value.code == "photo_too_many_pixels"


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_moving_pictures_are_refused(form):
    out = BytesIO()
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    frames[0].save(out, form, save_all=True, append_images=frames[1:], duration=100)
    with pytest.raises(ValidationError) as error:
        photo_clean(SimpleUploadedFile(f"a.{form.lower()}", out.getvalue()))
    assert error.value.code == "photo_unreadable"


def test_what_hangs_behind_a_picture_does_not_come_along():
    polyglot = picture().read() + b"PK\x03\x04<script>alert(1)</script>"
    cleaned = photo_clean(SimpleUploadedFile("a.jpg", polyglot)).read()
    assert b"script" not in cleaned and b"PK\x03\x04" not in cleaned
    html = SimpleUploadedFile("a.jpg", b"<html><img src=x onerror=alert(1)></html>")
    with pytest.raises(ValidationError):
        photo_clean(html)


def test_a_photo_that_broke_off_on_the_way_is_refused():
    whole = picture(size=(900, 900)).read()
    with pytest.raises(ValidationError) as error:
        photo_clean(SimpleUploadedFile("a.jpg", whole[: len(whole) // 2]))
    assert error.value.code == "photo_unreadable"
