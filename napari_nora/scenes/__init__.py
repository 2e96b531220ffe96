"""What is shown, where and how, as data: for links and presets."""
