"""How a project's widget looks: themes, own colours and their contrast, texts, the logo."""
