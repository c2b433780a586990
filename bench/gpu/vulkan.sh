# Read by run.sh: tells Vulkan where NVIDIA's driver is described, on machines that have the driver without its description.
if [ -z "${VK_DRIVER_FILES:-}" ]; then
  for file in /etc/vulkan/icd.d/nvidia_icd.json /usr/share/vulkan/icd.d/nvidia_icd*.json; do
    if [ -f "$file" ]; then export VK_DRIVER_FILES="$file"; break; fi
  done
fi
if [ -z "${VK_DRIVER_FILES:-}" ] && command -v nvidia-smi >/dev/null; then
  printf '{"file_format_version": "1.0.0", "ICD": {"library_path": "libGLX_nvidia.so.0", "api_version": "1.3.0"}}' >"$work/nvidia_icd.json"
  export VK_DRIVER_FILES="$work/nvidia_icd.json"
fi
