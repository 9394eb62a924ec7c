"""The lab without Docker: engine, gateway and a stand-in broker as processes of this machine."""
