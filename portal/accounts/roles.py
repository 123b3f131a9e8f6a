"""Who may do what, in one table. Where they may do it comes from their assignments to places."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    COMMUNITY_STAFF = "COMMUNITY_STAFF", _("Community staff")
    CONTRACTOR = "CONTRACTOR", _("Contractor")
    PROPERTY_COMPANY = "PROPERTY_COMPANY", _("Property company")
    PROJECT_UNIT = "PROJECT_UNIT", _("Project unit")
    COUNTY_REVIEWER = "COUNTY_REVIEWER", _("County reviewer")
    COUNTY_READER = "COUNTY_READER", _("County reader")
    CITY_READER = "CITY_READER", _("City reader")
    EVALUATOR = "EVALUATOR", _("Evaluator")
    FINANCE_APPROVER = "FINANCE_APPROVER", _("Finance approver")
    DISCIPLINE = "DISCIPLINE", _("Discipline office")
    ADMINISTRATOR = "ADMINISTRATOR", _("Administrator")


class Action(models.TextChoices):
    PAGE_EDIT = "PAGE_EDIT", _("edit pages and notices")
    PAGE_PUBLISH = "PAGE_PUBLISH", _("publish pages and notices")
    NOTICE_REVIEW = "NOTICE_REVIEW", _("review notices")
    NOTICE_TYPES = "NOTICE_TYPES", _("keep the types of notice")
    OBJECTION_VIEW = "OBJECTION_VIEW", _("see objections")
    OBJECTION_ANSWER = "OBJECTION_ANSWER", _("answer objections")
    MEDIA_EDIT = "MEDIA_EDIT", _("add images and documents")
    REGISTER_VIEW = "REGISTER_VIEW", _("see the register")
    REGISTER_EDIT = "REGISTER_EDIT", _("change and import the register")
    CODE_PRINT = "CODE_PRINT", _("print household codes")
    STAFF_ASSIGN = "STAFF_ASSIGN", _("assign staff")
    SURVEY_EDIT = "SURVEY_EDIT", _("write surveys")
    SURVEY_PUBLISH = "SURVEY_PUBLISH", _("publish and close surveys")
    ANSWER_ENTER = "ANSWER_ENTER", _("enter paper answers")
    VOTE_KEEP = "VOTE_KEEP", _("keep owners' votes")
    RESULTS_VIEW = "RESULTS_VIEW", _("see survey results")
    COMPLAINT_VIEW = "COMPLAINT_VIEW", _("see complaints")
    COMPLAINT_HANDLE = "COMPLAINT_HANDLE", _("handle complaints")
    COMPLAINT_ANSWER = "COMPLAINT_ANSWER", _("answer complaints assigned to one's organisation")
    COMPLAINT_RESTRICTED = "COMPLAINT_RESTRICTED", _("see restricted complaints")
    BOARD_EDIT = "BOARD_EDIT", _("publish cases and keep the supervisors' log")
    SIGNAL_REVIEW = "SIGNAL_REVIEW", _("judge signs of gaming")
    COMPLAINT_SETUP = "COMPLAINT_SETUP", _("set deadlines, routes and replies of complaints")
    PROJECT_VIEW = "PROJECT_VIEW", _("see renovation projects")
    PROJECT_EDIT = "PROJECT_EDIT", _("enter project facts")
    FIGURES_VIEW = "FIGURES_VIEW", _("see figures")
    FIGURES_EXPORT = "FIGURES_EXPORT", _("export figures")
    SCORE_ASSESS = "SCORE_ASSESS", _("judge and deduct in a score")
    TARGET_PROPOSE = "TARGET_PROPOSE", _("propose targets")
    TARGET_REVIEW = "TARGET_REVIEW", _("review targets")
    TARGET_APPROVE = "TARGET_APPROVE", _("approve targets")
    ACTION_VIEW = "ACTION_VIEW", _("see corrective actions")
    ACTION_PLAN = "ACTION_PLAN", _("plan corrective actions and report on them")
    ACTION_PROMISE = "ACTION_PROMISE", _("promise corrective actions in public and close them")
    MESSAGES_KEEP = "MESSAGES_KEEP", _("see messages and keep alert channels")


_READ = {
    Action.PROJECT_VIEW,
    Action.FIGURES_VIEW,
    Action.FIGURES_EXPORT,
    Action.COMPLAINT_VIEW,
    Action.OBJECTION_VIEW,
    Action.ACTION_VIEW,
}

#: Role → what it may do inside the places it is assigned to.
ROLE_ACTIONS: dict[Role, frozenset[Action]] = {
    Role.COMMUNITY_STAFF: frozenset(
        {
            Action.PAGE_EDIT,
            Action.PAGE_PUBLISH,
            Action.OBJECTION_VIEW,
            Action.OBJECTION_ANSWER,
            Action.MEDIA_EDIT,
            Action.REGISTER_VIEW,
            Action.CODE_PRINT,
            # Writes drafts; those who are rated never put their own survey live.
            Action.SURVEY_EDIT,
            Action.ANSWER_ENTER,
            Action.VOTE_KEEP,
            Action.COMPLAINT_VIEW,
            Action.COMPLAINT_HANDLE,
            Action.BOARD_EDIT,
            Action.PROJECT_VIEW,
            Action.FIGURES_VIEW,
            Action.TARGET_PROPOSE,
            Action.ACTION_VIEW,
            Action.ACTION_PLAN,
        }
    ),
    Role.CONTRACTOR: frozenset({Action.COMPLAINT_ANSWER}),
    Role.PROPERTY_COMPANY: frozenset({Action.COMPLAINT_ANSWER}),
    Role.PROJECT_UNIT: frozenset(
        {
            Action.PROJECT_VIEW,
            Action.PROJECT_EDIT,
            Action.COMPLAINT_ANSWER,
            Action.FIGURES_VIEW,
            Action.TARGET_PROPOSE,
            Action.ACTION_VIEW,
            Action.ACTION_PLAN,
        }
    ),
    Role.COUNTY_REVIEWER: frozenset(
        _READ
        | {
            Action.PAGE_EDIT,
            Action.PAGE_PUBLISH,
            Action.NOTICE_REVIEW,
            Action.OBJECTION_ANSWER,
            Action.MEDIA_EDIT,
            Action.REGISTER_VIEW,
            Action.REGISTER_EDIT,
            Action.CODE_PRINT,
            Action.SURVEY_EDIT,
            Action.SURVEY_PUBLISH,
            Action.ANSWER_ENTER,
            Action.VOTE_KEEP,
            Action.COMPLAINT_HANDLE,
            Action.BOARD_EDIT,
            Action.PROJECT_EDIT,
            Action.TARGET_PROPOSE,
            Action.TARGET_REVIEW,
            Action.ACTION_PLAN,
            Action.ACTION_PROMISE,
            Action.MESSAGES_KEEP,
        }
    ),
    Role.COUNTY_READER: frozenset(_READ),
    Role.CITY_READER: frozenset(_READ),
    Role.EVALUATOR: frozenset(
        _READ
        | {
            Action.SURVEY_EDIT,
            Action.SURVEY_PUBLISH,
            Action.RESULTS_VIEW,
            Action.SIGNAL_REVIEW,
            Action.SCORE_ASSESS,
        }
    ),
    Role.FINANCE_APPROVER: frozenset(_READ | {Action.TARGET_REVIEW, Action.TARGET_APPROVE}),
    Role.DISCIPLINE: frozenset({Action.COMPLAINT_RESTRICTED}),
    Role.ADMINISTRATOR: frozenset(
        set(Action)
        - {
            Action.TARGET_APPROVE,
            Action.SCORE_ASSESS,
            Action.COMPLAINT_RESTRICTED,
            Action.RESULTS_VIEW,
            Action.SIGNAL_REVIEW,
        }
    ),
}


def roles_with(action: Action) -> list[Role]:
    """The roles that may do `action`, in the order of the table."""
    return [role for role, actions in ROLE_ACTIONS.items() if action in actions]
