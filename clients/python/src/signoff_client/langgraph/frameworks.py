"""What is used of LangGraph and LangChain, or what to install."""

try:
    from langchain.agents.middleware import AgentMiddleware
    from langchain_core.messages import ToolMessage
    from langchain_core.tools import BaseTool, StructuredTool
    from langgraph.config import get_config
    from langgraph.types import Command, interrupt
except ImportError as missing:
    raise ImportError(
        "signoff_client.langgraph needs LangGraph and LangChain:"
        " pip install 'signoff-client[langgraph]'"
    ) from missing

__all__ = [
    "AgentMiddleware",
    "BaseTool",
    "Command",
    "StructuredTool",
    "ToolMessage",
    "get_config",
    "interrupt",
]
