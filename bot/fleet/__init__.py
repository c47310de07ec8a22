"""What the GPUs are really doing: read on this host through NVML, on others through their agents."""
