"""What every room stands on: errors, findings, table schemas, units, time, geometry."""
