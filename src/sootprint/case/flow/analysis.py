def analysis_steps(settings, evidence):
    return []
