"""What lies on the desks of the first community and its county: a draft under review, a notice that
waits for its day, and the photo of one on the board.
"""

import io
from datetime import date, datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw
from wagtail.models import Revision

from notices.models import NoticePage, NoticeType
from notices.services import posting_add
from notices.services.drafting import body_blocks, drafted
from portal.accounts.models import User
from portal.demo.clock import at
from portal.demo.staff import COMMUNITY
from portal.pages.models import CommunityPage

VARIATION = {
    "old": "3号楼北侧为水泥砖停车位，不设坡道。",
    "new": "改为植草砖停车位，单元门口增设无障碍坡道两处。",
    "cost": "18600",
    "cause": "征求意见时居民提出，经设计单位核算可行。",
}
PROGRESS = {"percent": "95", "contract": "4380000", "paid": "4030000"}


def desk_seed(as_of: date) -> None:
    page = CommunityPage.objects.get(place__code=COMMUNITY)
    clerk = User.objects.get(username="clerk")
    _under_review(page, clerk, as_of)
    _waiting(page, clerk, as_of)
    _on_the_board(page, clerk, at(as_of, 9))


def _under_review(page: CommunityPage, clerk: User, as_of: date) -> None:
    text = (
        f"{page.place.name}改造工程拟作设计变更，变更前后内容、造价增减和原因见本公示所列。\n"
        "# 意见反馈\n"
        "有异议的，请在公示期内提出。"
    )
    notice = _draft(page, clerk, "N13", text, VARIATION, as_of)
    notice.save_revision(user=clerk)
    workflow = notice.get_workflow()
    if workflow is not None:
        workflow.start(notice, clerk)


def _waiting(page: CommunityPage, clerk: User, as_of: date) -> None:
    text = (
        "# 工程进度\n"
        "道路面层和停车位划线已完成，绿化补种完成九成。\n"
        "# 下一步\n"
        "完成剩余绿化，组织验收。"
    )
    notice = _draft(page, clerk, "N12", text, PROGRESS, as_of)
    notice.go_live_at = at(as_of + timedelta(days=3), 9)
    notice.publicity_end = as_of + timedelta(days=33)
    revision = notice.save_revision(user=clerk)
    # As Wagtail writes it down; its own way looks at the clock of the machine.
    Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=notice.go_live_at)


def _draft(
    page: CommunityPage, clerk: User, code: str, text: str, extra: dict[str, str], as_of: date
) -> NoticePage:
    notice = drafted(page.place, NoticeType.objects.get(code=code), None)
    notice.body = body_blocks(text)
    notice.contact_phone = notice.contact_phone or "0352-0000000"
    notice.extra = extra
    notice.owner = clerk
    # Otherwise it would tell the day of the seeding.
    notice.slug = f"{code.lower()}-{as_of:%Y%m%d}-draft"
    page.add_child(instance=notice)
    return notice


def _on_the_board(page: CommunityPage, clerk: User, now: datetime) -> None:
    notices = NoticePage.objects.live().filter(place=page.place)
    notice = notices.filter(publicity_end__gte=now.date()).newest_first().first()
    notice = notice or notices.newest_first().first()
    if notice is None:
        return
    photo = SimpleUploadedFile("board.png", _board(), "image/png")
    posting_add(notice=notice, photo=photo, taken_on=now.date(), user=clerk, now=now)


def _board() -> bytes:
    """A drawn board with a sheet of paper on it: a photo of nowhere."""
    picture = Image.new("RGB", (800, 600), "#8a6f4d")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((40, 40, 760, 560), fill="#3f5f58")
    draw.rectangle((250, 80, 550, 520), fill="#fdfcf8")
    draw.rectangle((310, 110, 490, 130), fill="#a33327")
    for line in range(14):
        right = 440 if line % 4 == 3 else 520
        draw.rectangle((280, 165 + 22 * line, right, 173 + 22 * line), fill="#9a9a94")
    draw.ellipse((450, 450, 520, 510), outline="#a33327", width=4)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
