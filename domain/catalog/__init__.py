"""What is served: endpoints, algorithms, their classes, and how a call finds one."""
