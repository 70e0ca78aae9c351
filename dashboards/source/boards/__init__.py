"""The boards, in the order in which a reader would open them."""

from boards import channels, overview, wallboard

BOARDS = [module.BOARD for module in (wallboard, overview, channels)]
