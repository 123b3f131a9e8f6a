from django.urls import path

from feedback.complaints import ledger_views as views

app_name = "complaints_ledgers"
urlpatterns = [
    path("", views.ledger_list, name="list"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/columns/", views.columns, name="columns"),
    path("<int:pk>/words/", views.words, name="words"),
    path("<int:pk>/confirm/", views.confirm, name="confirm"),
    path("<int:pk>/stop/", views.stop, name="stop"),
    path("<int:pk>/problems.csv", views.problems_csv, name="problems"),
]
