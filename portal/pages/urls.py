from django.urls import path

from portal.pages import views

app_name = "pages"
urlpatterns = [
    path("find/", views.find, name="find"),
    path("find/go/", views.look_up, name="look_up"),
    path("h/", views.code, name="code"),
    path("b/<str:sign>/", views.building, name="building"),
    path("communities/<slug:code>/", views.community, name="community"),
    path("communities/<slug:code>/poster/", views.poster, name="poster"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("site-map/", views.site_map, name="site_map"),
    path("robots.txt", views.robots, name="robots"),
]
