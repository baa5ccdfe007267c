"""LangGraph and LangChain: threads that suspend for people, and go on with what they say.

    with Signoff() as signoff:
        gate = Gate(signoff)
        agent = create_agent(model, tools, middleware=[gate.guard({"send_email": True})], …)
        values = gate.run(agent, {"messages": […]}, thread="invoices-42")

Guarded tools suspend before they run, `submit_node` and `handoff_tools` when work is done or
a question comes up; requests of LangChain's own middleware are answered as well.
"""

from signoff_client.dialects import NotAllowed
from signoff_client.langgraph.gates import Gate
from signoff_client.langgraph.nodes import handoff_tools, submit_node

__all__ = ["Gate", "NotAllowed", "handoff_tools", "submit_node"]
