from cli_kit import private_network_here

__all__ = ["private_network_here"]
