from wagtail.users.apps import WagtailUsersAppConfig


class StaffUsersConfig(WagtailUsersAppConfig):
    """Wagtail's users app with our screens: accounts are kept by place, without groups."""

    user_viewset = "portal.places.user_screens.StaffUserViewSet"
