"""The boards, in the order in which a reader would open them."""

from boards import alerts, channels, chime, comm100, egain, exporter, overview, slo, wallboard, xima

BOARDS = [
    module.BOARD for module in (wallboard, overview, channels, chime, comm100, egain, xima, slo, exporter, alerts)
]
