"""The boards, in the order in which a reader would open them."""

from boards import channels, chime, comm100, egain, overview, wallboard, xima

BOARDS = [module.BOARD for module in (wallboard, overview, channels, chime, comm100, egain, xima)]
