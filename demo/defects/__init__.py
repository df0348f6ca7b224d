"""The promises that the demo can break: their catalogue, their switches, and what they change."""

from demo.defects.catalogue import DEFECTS, Defect
from demo.defects.switchboard import NAMES, Switchboard

__all__ = ["DEFECTS", "NAMES", "Defect", "Switchboard"]
