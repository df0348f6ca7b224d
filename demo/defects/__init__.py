"""The promises that the demo can be made to break: their catalogue, their switches, and what they do."""

from demo.defects.catalogue import DEFECTS, Defect
from demo.defects.switchboard import NAMES, Switchboard

__all__ = ["DEFECTS", "NAMES", "Defect", "Switchboard"]
