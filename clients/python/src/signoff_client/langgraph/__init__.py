"""LangGraph and LangChain: threads that suspend for people, and go on with what they say.

    with Signoff() as signoff:
        runner = Runner(graph, signoff)
        values = runner.run({"messages": […]}, thread="invoices-42")

`Gate` suspends before a tool runs, `handover_node` and `review_tools` when work is done or a
question comes up; requests of LangChain's own middleware are answered as well.
"""

from signoff_client.dialects import NotAllowed
from signoff_client.langgraph.gates import Gate
from signoff_client.langgraph.nodes import handover_node, review_tools
from signoff_client.langgraph.runner import Runner

__all__ = ["Gate", "NotAllowed", "Runner", "handover_node", "review_tools"]
