/* godeploy-proxy, the embedded traffic engine. */
int main(void)
{
    return 0;
}
