"""The bundled alerts that fire, as few rows in plain words."""

from queries import Scope, alert_severity, alerts_of_choice

# Everything by which two rows of one alert differ.
LABELS = ("alertname", "platform", "target", "channel", "instance", "host")
ROW = ("alertname", "about")
WORDS = {
    "WebchatChannelDown": "Channel down",
    "WebchatChannelUnknown": "Channel unknown",
    "WebchatChannelDegraded": "Channel degraded",
    "WebchatNoAgentsOnline": "No agent online",
    "WebchatLongestWaitHigh": "Wait over limit",
    "WebchatLongestWaitCritical": "Wait far over limit",
    "WebchatEstimatedWaitHigh": "Long wait announced",
    "WebchatQueueBacklog": "Queue over limit",
    "WebchatQueueFull": "Queue full",
    "WebchatCapacityExhausted": "No capacity left",
    "WebchatClosedInBusinessHours": "Switched off",
    "WebchatAbandonRateHigh": "Customers give up",
    "WebchatAvailabilityBudgetBurn": "Error budget burns",
    "WebchatTargetDown": "Platform silent",
    "WebchatRedundancyLost": "Redundancy lost",
    "WebchatCollectorFailing": "Collector fails",
    "WebchatDataStale": "Data is old",
    "WebchatAuthenticationFailing": "Credentials refused",
    "WebchatRateLimited": "Requests limited",
    "WebchatAnswerNotUnderstood": "Answers unreadable",
    "WebchatTlsCertificateExpiring": "Certificate expires",
    "ChimeSystemComponentUnhealthy": "Component unhealthy",
    "ChimeQueueComponentUnhealthy": "Queue unhealthy",
    "ChimeQueueProcessDown": "Queue process down",
    "ChimeOutageAnnounced": "Outage announced",
    "EgainAssignmentServiceDown": "Assignment down",
    "EgainEntryPointInvalid": "Entry point unknown",
    "EgainAvailabilityContradiction": "Chats without agents",
    "XimaCredentialsRejected": "Credentials rejected",
    "XimaSyntheticChatFailing": "Synthetic chat fails",
    "XimaMultimediaDown": "Multimedia down",
    "WebchatExporterAbsent": "No exporter seen",
    "WebchatExporterDown": "Exporter down",
    "WebchatExporterReloadFailed": "Reload refused",
    "WebchatExporterDroppingSeries": "Series dropped",
    "WebchatExporterSkippingPolls": "Polls skipped",
    "WebchatExporterRestarting": "Exporter restarts",
    "WebchatConnectivityDown": "Own network down",
    "WebchatStateFileNotWritten": "State file fails",
}


def _named(operation: str, expression: str) -> str:
    """One series for each alert and what it is about: a channel with its target, a target, an exporter or a host."""
    named = f'label_join({expression}, "about", " (", "channel", "target")'
    for replacement, source, pattern in (
        ("$1)", "about", "(.+ [(].+)"),
        ("$1", "about", " [(](.+)"),
        ("", "about", " [(]"),
        ("$1", "instance", "(.+)"),
        ("$1", "host", "(.+)"),
    ):
        named = f'label_replace({named}, "about", "{replacement}", "{source}", "{pattern}")'
    return f"{operation} by ({', '.join(ROW)}) ({named})"


def _age(*more: str) -> str:
    active = Scope(alerts_of_choice(*more)).merged(LABELS, "ALERTS_FOR_STATE", operation="min")
    return f"time() - {_named('min', active)}"


def _every(*more: str) -> str:
    return _named("max", alert_severity(LABELS, *more))


def _shown(rows: int, *more: str) -> str:
    # No alert is so old that its age would take it below the next severity.
    newest_first = f"{_every(*more)} - ({_age(*more)}) / 1e9"
    return f"topk({rows},\n  {newest_first}\n  or {_every(*more)}\n)"


def severities(rows: int, *more: str) -> str:
    """The severities of so many alerts, the worst ones and of these the newest, and a 0 that says how many more there are.

    They are a little less than the whole number, by the age of the alert: so a table sorts them.
    """
    rest = f'count_values("alertname", count({_every(*more)}) - {rows} > 0)'
    return f'{_shown(rows, *more)}\nor 0 * label_replace({rest}, "alertname", "and $1 more", "alertname", "(.+)")'


def durations(rows: int, *more: str) -> str:
    """For how long each of the same alerts has been active, the time in which it was pending included."""
    return f"{_age(*more)}\nand {_shown(rows, *more)}"
