"""Comm100: what happens now, what the day brought, agents and routes."""

import columns
import looks
from collection import collection, data
from frame import Board, Row
from links import to_channel_of
from panels import COUNT, MINUTES, Limit, Look, Query, in_minutes, stat, timeline, timeseries
from queries import NAMED_CHANNEL, VENDOR_TARGETS, Scope, channel_status, platform_channels
from tables import Label, Value, table

SITES = VENDOR_TARGETS
SITE = ("target",)
ROUTE = ("target", "route_type", "route_id", "route")
# Routes to single agents carry their names: no board ranks people.
NO_AGENT = 'route_type!="agent"'
PLAIN = Look()
SECONDS = Look(unit="dthms")
# Of what the agents may have at once: from there on nobody can take one more chat.
FULL = [(None, looks.GREY), (1, looks.ORANGE)]
MOST = "Most at once, all agents"
UTILIZATION = (
    "Chats of the online agents as a ratio of the most that they may have at once: from 100 % on none of them can take one more. "
    "Each site on its own, since ratios have no sum."
)
DAY = " The site's day and its numbers are Comm100's, which resets and revises them."


def _sum(family: str) -> str:
    return f"sum({SITES.merged(SITE, family)})"


def _now() -> list[tuple[int, object]]:
    counts = [
        (3, "Chats waiting", "comm100_queue_length", PLAIN),
        (3, "Chats ongoing", "comm100_chats_ongoing", PLAIN),
        (3, "With an agent", "comm100_chats_ongoing_with_agent", PLAIN),
        (2, "With a bot", "comm100_chats_ongoing_with_bot", PLAIN),
        (3, "Agents logged in", "comm100_agents_logged_in", Look(steps=looks.NONE_IS_BAD)),
        (3, "Agents in chat", "comm100_agents_in_chat", PLAIN),
        (2, "Visitors", "comm100_visitors_on_site", PLAIN),
    ]
    tiles = [
        (width, stat(title, "The sum over the chosen sites, now.", _sum(family), look)) for width, title, family, look in counts
    ]
    utilization = stat("Utilization", UTILIZATION, _utilization(), Look(unit="percentunit", decimals=0, steps=FULL))
    return [*tiles, (2, utilization), (3, data("comm100"))]


def _utilization() -> Query:
    return Query(SITES.merged(SITE, "comm100_chat_utilization_ratio"), "{{target}}")


def _today() -> list:
    counts = [
        ("Asked for today", "chat_requests", ""),
        ("All chats today", "total_chats", " All that there were, whoever held them."),
        ("Chats today", "chats", " Comm100 does not say which of all chats it leaves out here."),
        ("Abandoned today", "abandoned_chats", ""),
        ("Missed today", "missed_chats", ""),
        ("Became a message", "switched_to_message_chats", ""),
        ("Invitations accepted", "accepted_invitations", ""),
        ("Transferred today", "transferred_chats", ""),
    ]
    return [
        (
            3,
            stat(
                title,
                "The sum over the chosen sites since the start of the day." + more + DAY,
                _sum(f"comm100_today_{name}"),
                PLAIN,
            ),
        )
        for title, name, more in counts
    ]


def _quality():
    def value(name: str, family: str, look: Look, width: int = 130) -> Value:
        return Value(name, SITES.merged(SITE, f"comm100_today_{family}"), look, width)

    ratio = Look(unit="percentunit", decimals=1)
    return table(
        "Quality today",
        "Each site on its own, since averages and ratios have no sum." + DAY,
        [
            columns.target_of("comm100"),
            value("Accepted", "chat_acceptance_ratio", ratio),
            value("Accessible", "service_accessibility_ratio", ratio),
            value("Unique", "unique_chat_ratio", ratio),
            value("Time in chats", "agent_utilization_ratio", ratio),
            value("Score", "score_average", Look(unit="none", decimals=2)),
            value("Average wait", "wait_average_seconds", SECONDS),
            value("Chat duration", "chat_duration_average_seconds", SECONDS),
            value("Response", "agent_response_average_seconds", Look(unit="s", decimals=1)),
            value("To a department", "department_transferred_chats", PLAIN),
        ],
        sort="Target",
        descending=False,
    )


def _history() -> list[tuple[int, object]]:
    chats = [
        Query(_sum("comm100_queue_length"), "Waiting"),
        Query(_sum("comm100_chats_ongoing_with_agent"), "With an agent"),
        Query(_sum("comm100_chats_ongoing_with_bot"), "With a bot"),
    ]
    day = [
        Query(_sum("comm100_today_chat_requests"), "Asked for"),
        Query(_sum("comm100_today_abandoned_chats"), "Abandoned"),
        Query(_sum("comm100_today_missed_chats"), "Missed"),
    ]
    status = channel_status(platform_channels("comm100"))
    return [
        (8, timeseries("Chats", "Chats waiting and in progress, the sum over sites.", chats, COUNT, stacked=True)),
        (8, timeseries("The day so far", "How the numbers of the day grow." + DAY, day, COUNT)),
        (
            8,
            timeline(
                "Status",
                "What the site and its departments were to customers.",
                Query(status, NAMED_CHANNEL),
                Look(mappings=looks.STATUS),
            ),
        ),
    ]


def _agents() -> list[tuple[int, object]]:
    by_status = f"sum by (status) ({SITES.merged(('target', 'status'), 'comm100_agents')})"
    ongoing = Query(_sum("comm100_agents_chats_ongoing"), "Chats ongoing")
    most = Query(_sum("comm100_agents_chats_max_concurrent"), MOST)
    return [
        (
            8,
            timeseries(
                "Agents by status",
                "Agents by status; a status without a configured name is other.",
                Query(by_status, "{{status}}"),
                COUNT,
                stacked=True,
            ),
        ),
        (
            8,
            timeseries(
                "Chats of the agents",
                "Chats in progress, and the most at once of all agents with a maximum, also of those who are not online.",
                [ongoing, most],
                COUNT,
                dashed=f"^{MOST}$",
            ),
        ),
        (
            8,
            timeseries(
                "Utilization over time",
                UTILIZATION,
                _utilization(),
                Look(unit="percentunit", decimals=1, minimum=0),
                limits=[Limit("All slots taken", f"group({SITES.of('comm100_chat_utilization_ratio')})", looks.ORANGE)],
            ),
        ),
    ]


def _by_route(family: str, *more: str) -> str:
    return SITES.merged(ROUTE, f"comm100_route_{family}", NO_AGENT, *more)


def _routes():
    def value(name: str, family: str, look: Look, width: int, *more: str) -> Value:
        return Value(name, _by_route(family, *more), look, width)

    return table(
        "Routes",
        "The site and its departments. Routes may overlap, so their sum is not the site's queue. Routes to single agents "
        "are left out: no board ranks people.",
        [
            Label("route", "Route", links=[to_channel_of("comm100", "Route")]),
            Label("route_type", "Type", 120),
            columns.target_of("comm100"),
            value("Queue", "queue_length", PLAIN, 90),
            value("Visitors waiting", "visitors_waiting", PLAIN, 130),
            value("Longest wait", "wait_longest_seconds", SECONDS, 120),
            value("Average, 30 min", "wait_average_seconds", SECONDS, 130, 'window="30m"'),
            value("Average, 60 min", "wait_average_seconds", SECONDS, 130, 'window="60m"'),
            value("Ongoing", "chats_ongoing", PLAIN, 90),
            value(
                "Most at once",
                "chats_max_concurrent",
                Look(mappings=looks.states({"0": ("No maximum", looks.NEUTRAL)})),
                120,
            ),
            value("Abandoned, 30 min", "chats_abandoned", PLAIN, 150, 'window="30m"'),
            value("To a message, 30 min", "chats_switched_to_message", PLAIN, 160, 'window="30m"'),
        ],
        sort="Longest wait",
        unseen=("route_id",),
    )


def _route(title: str, words: str, expression: str, look: Look):
    return timeseries(title, words, Query(expression, "{{route}} ({{target}})"), look)


BOARD = Board(
    uid="webchat-comm100",
    title="Webchat / Comm100",
    description="Comm100 as its real-time reports tell it: now, today, agents and routes.",
    variables=["job", "target", "channel"],
    variable_platform="comm100",
    alerts=Scope(('platform="comm100"', 'target=~"$target|"', 'channel=~"$channel|"')),
    changes=platform_channels("comm100"),
    rows=[
        Row(4, _now(), "Now"),
        Row(4, _today(), "Today"),
        Row(5, [(24, _quality())]),
        Row(8, _history(), "History"),
        Row(8, _agents(), "Agents"),
        Row(8, [(24, _routes())], "Routes"),
        Row(
            8,
            [
                (8, _route("Queue by route", "Chats waiting for each route.", _by_route("queue_length"), COUNT)),
                (
                    8,
                    _route(
                        "Longest wait by route",
                        "The longest wait of those who wait now.",
                        in_minutes(_by_route("wait_longest_seconds")),
                        MINUTES,
                    ),
                ),
                (
                    8,
                    _route(
                        "Abandoned by route",
                        "Visitors who gave up within the last thirty minutes.",
                        _by_route("chats_abandoned", 'window="30m"'),
                        COUNT,
                    ),
                ),
            ],
        ),
        collection("comm100"),
    ],
)
