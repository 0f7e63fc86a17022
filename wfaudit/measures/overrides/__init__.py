"""What people do with the advice: use, overrides, reliance, reasons; caseworkers, effort, providers."""
