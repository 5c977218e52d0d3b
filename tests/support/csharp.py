"""The example of a client in C#: compiled by whichever compiler is here, Mono's or that of .NET."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "clients" / "csharp"
ASSEMBLIES = ("System.Net.Http", "System.Runtime.Serialization", "System.Xml", "System.Xml.Linq")
"""What Mono's compiler has to be told of; .NET has all of it."""


def lacking() -> str:
    """Why the example cannot be tried here; empty if it can."""
    if shutil.which("dotnet") or (shutil.which("mcs") and shutil.which("mono")):
        return ""
    return "needs a compiler of C#: dotnet, or mcs and mono with its libraries (examples/clients/README.md)"


def compiled(folder: Path) -> list[str]:
    """Compile the example into a folder, a warning being an error. Returns the command that runs it."""
    if shutil.which("dotnet"):
        project = shutil.copytree(FOLDER, folder / "source") / "RulesClient.csproj"
        build = ["dotnet", "build", str(project), "-warnaserror", "--nologo", "-o", str(folder / "out")]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
        return ["dotnet", str(folder / "out" / "RulesClient.dll")]
    program = folder / "RulesClient.exe"
    references = [f"-r:{name}" for name in ASSEMBLIES]
    source = FOLDER / "RulesClient.cs"
    subprocess.run(["mcs", "-warnaserror", *references, f"-out:{program}", str(source)], check=True)
    return ["mono", str(program)]
