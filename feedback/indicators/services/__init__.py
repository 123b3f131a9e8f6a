from feedback.indicators.services.sweeping import freeze, rebuild, sweep

__all__ = ["freeze", "rebuild", "sweep"]
