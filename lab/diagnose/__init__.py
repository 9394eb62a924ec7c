"""The failure page: one screen with the cause when something breaks, and a bundle with all there was to see."""
