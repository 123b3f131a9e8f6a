from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("surveys/", include("feedback.surveys.urls")),
    path("complaints/", include("feedback.complaints.urls")),
    path("votes/", include("feedback.votes.urls")),
    path("actions/", include("feedback.plans.urls")),
    path("figures/", include("feedback.indicators.urls")),
]
