/** Files in what is pasted or dragged. */

/** Whether the agent means files. What is a text too is a text: spreadsheets add a picture of it. */
export function hasFiles(data: DataTransfer | null): data is DataTransfer {
  const types = data?.types ?? [];
  return types.includes("Files") && !(types.includes("text/plain") && types.includes("text/html"));
}
