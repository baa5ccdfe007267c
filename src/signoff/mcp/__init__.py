"""The door of models: tools, resources and a prompt, by the Model Context Protocol."""
