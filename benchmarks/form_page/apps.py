from django.apps import AppConfig


class FormPageConfig(AppConfig):
    name = "benchmarks.form_page"
    label = "benchmark_form_page"
    default_auto_field = "django.db.models.BigAutoField"
